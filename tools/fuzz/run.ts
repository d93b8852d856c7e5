// Fires thousands of bad requests at a gateway in this process, and looks at what they leave behind.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Gateway } from '../../gateway/index.ts';
import { judge } from './judge.ts';
import { operationShots, type Target } from './operations.ts';
import { Chance } from './random.ts';
import { fire, type Shot } from './shot.ts';
import { httpShots, webSocketShots } from './transport.ts';

export interface FuzzOptions {
  readonly gateway: Gateway;
  readonly target: Target;
  readonly requests: number;
  readonly seed: number;
  /** Texts that no answer may hold. */
  readonly secrets: readonly string[];
  /** Leaves out the REST routes, where the graph has not what they ask for. */
  readonly rest: boolean;
  /** Sockets at a time. Default 16. */
  readonly concurrency?: number;
  /** Called a hundred times. */
  onProgress?(fired: number): void;
}

export interface Problem {
  readonly name: string;
  readonly problem: string;
  /** The first request of its kind, and what came back, cut short. */
  readonly request: string;
  readonly answer: string;
  count: number;
}

export interface Memory {
  readonly fired: number;
  /** After collections, in MB. */
  readonly heap: number;
  readonly rss: number;
}

export interface FuzzReport {
  readonly requests: number;
  readonly seconds: number;
  /** By status; `none`: the socket was closed, upgraded or left without an answer. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly problems: readonly Problem[];
  readonly memory: readonly Memory[];
  readonly slowest: { readonly name: string; readonly ms: number };
}

const MB = 1024 * 1024;
const SAMPLES = 5;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Generated code is given back by the engine only after it was found unused several times. */
const COLLECTIONS = 8;

async function memoryNow(fired: number): Promise<Memory> {
  for (let i = 0; i < COLLECTIONS; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    collect();
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { fired, heap: Math.round((heapUsed / MB) * 10) / 10, rss: Math.round(rss / MB) };
}

const brief = (bytes: Buffer): string => {
  const text = bytes.toString('utf8').replaceAll('\0', '\\0');
  return text.length <= 1_500 ? text : `${text.slice(0, 900)} … ${text.slice(-500)}`;
};

export async function fuzz({ gateway, target, requests, seed, secrets, rest, concurrency = 16, onProgress }: FuzzOptions): Promise<FuzzReport> {
  const chance = new Chance(seed);
  const { hostname, port } = new URL(gateway.url);
  const makers = [...operationShots(target), ...operationShots(target), ...httpShots(target), ...webSocketShots(target)];
  const statuses: Record<string, number> = {};
  const problems = new Map<string, Problem>();
  let slowest = { name: '', ms: 0 };
  const began = performance.now();
  const memory: Memory[] = [await memoryNow(0)];

  const next = (): Shot => {
    for (;;) {
      const shot = chance.pick(makers)(chance);
      if (rest || !shot.pieces.some((piece) => piece.slice(0, 200).toString().includes(' /api/'))) return shot;
    }
  };
  async function one(): Promise<void> {
    const shot = next();
    const outcome = await fire(shot, hostname, Number(port));
    const { status, problem } = judge(outcome, secrets);
    statuses[status ?? 'none'] = (statuses[status ?? 'none'] ?? 0) + 1;
    if (!shot.unanswered && outcome.ms > slowest.ms) slowest = { name: shot.name, ms: Math.round(outcome.ms) };
    if (problem === null) return;
    const key = `${shot.name}\n${problem}`;
    const known = problems.get(key);
    if (known) known.count++;
    else problems.set(key, { name: shot.name, problem, request: brief(Buffer.concat(shot.pieces.map((piece) => Buffer.from(piece as Buffer)))), answer: brief(outcome.received), count: 1 });
  }

  // Drawn in order, so that a seed gives the same requests however the sockets overtake each other.
  let fired = 0;
  const part = Math.max(1, Math.floor(requests / 100));
  for (let sample = 1; sample <= SAMPLES; sample++) {
    const until = Math.round((requests * sample) / SAMPLES);
    const worker = async () => {
      while (fired < until) {
        if (++fired % part === 0) onProgress?.(fired);
        await one();
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    memory.push(await memoryNow(fired));
  }
  return { requests, seconds: Math.round((performance.now() - began) / 100) / 10, statuses, problems: [...problems.values()], memory, slowest };
}

/** What must hold when all is over: it answers, holds nothing back, and no object was given what it does not have. */
export async function aftermath(gateway: Gateway, query: string): Promise<string[]> {
  const wrong: string[] = [];
  const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query }) });
  const body = (await response.json()) as { data?: unknown; errors?: unknown };
  if (response.status !== 200 || body.errors !== undefined || body.data == null) wrong.push(`a good query gets ${response.status} ${JSON.stringify(body).slice(0, 500)}`);
  if ((await fetch(`${gateway.url}/health/ready`)).status !== 200) wrong.push('it is not ready');
  for (let patience = 100; patience > 0 && (gateway.load.requests > 0 || gateway.load.subscriptions > 0 || gateway.load.sockets > 0 || gateway.load.upstreams > 0); patience--) await new Promise((resolve) => setTimeout(resolve, 100));
  for (const [what, count] of Object.entries({ ...gateway.load })) if (count !== 0) wrong.push(`${count} ${what} are still under way`);
  if ('polluted' in {} || 'polluted' in [] || 'polluted' in Function.prototype) wrong.push('the prototype of all objects was changed');
  return wrong;
}

/** Closes what was under fire; a sentence where that takes longer than any close may, because something is held for ever. */
export async function ending(close: () => Promise<void>, patienceMs = 20_000): Promise<string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string[]>((resolve) => {
    timer = setTimeout(() => resolve([`it could not be closed within ${patienceMs / 1_000} s`]), patienceMs);
  });
  const ended = await Promise.race([close().then(() => []), late]);
  clearTimeout(timer);
  return ended;
}
