// The processes that the bench starts: pinned to a core where `taskset` is available, known by their pid, and ended with it in
// every case (its end, an error, Ctrl-C).
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../../lib/root.ts';
import type { Order } from '../servers/child.ts';

/** The gateway under test has a core of its own; what feeds it shares the other. */
export type Core = 'gateway' | 'others' | 'any';
const CORES: Readonly<Record<Core, string | null>> = { gateway: '0', others: '1', any: null };
export const pinned = availableParallelism() >= 2 && spawnSync('taskset', ['-V']).status === 0;

export interface StartOptions {
  /** In messages. */
  readonly name: string;
  readonly core: Core;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Running {
  readonly name: string;
  readonly pid: number;
  /** The last lines that it wrote. */
  readonly output: () => string;
  stop(): Promise<void>;
}
interface Launched {
  readonly child: ChildProcess;
  readonly running: Running;
  /** Rejects when the process ends. */
  readonly dead: Promise<never>;
}
/** A server in `servers/`, which talks with the bench. */
export interface RunningServer<Facts> extends Running {
  readonly facts: Facts;
  ask<T>(question: string, about?: unknown): Promise<T>;
  startProfile(): Promise<void>;
  writeProfile(file: string): Promise<void>;
}

const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

const OUTPUT_KEPT = 8_192;
const END_PATIENCE_MS = 4_000;

function launch(command: string, args: readonly string[], { name, core, cwd, env }: StartOptions, talks: boolean): Launched {
  const cpu = pinned ? CORES[core] : null;
  const [program, all] = cpu === null ? [command, args] : ['taskset', ['-c', cpu, command, ...args]];
  const child = spawn(program, all, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe', ...(talks ? (['ipc'] as const) : [])],
    detached: !talks, // Ctrl-C in the terminal reaches the bench alone, which ends it
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data: Buffer) => (output = (output + data.toString()).slice(-OUTPUT_KEPT)));
  const dead = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`${name} ended (${code ?? signal}):\n${output}`)));
  });
  dead.catch(() => {});
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    if (talks && child.connected) child.send({ end: true } satisfies Order);
    else child.kill('SIGTERM');
    const patience = setTimeout(() => child.kill('SIGKILL'), END_PATIENCE_MS);
    await gone;
    clearTimeout(patience);
  };
  return { child, dead, running: { name, pid: child.pid!, output: () => output, stop } };
}

/** A message with `key`. */
async function reply<T>(child: ChildProcess, key: 'ready' | 'answer'): Promise<T> {
  for (;;) {
    const [message] = (await once(child, 'message')) as [Record<string, unknown>];
    if (key in message) return message[key] as T;
  }
}

/** Compiles the product and the bench into `dist/`, once before servers are started: all contenders run as plain JavaScript. */
export function compile(): void {
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('tools/build.mjs', ROOT))], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The bench cannot be compiled (npm run build)');
}

/** Starts a compiled file of `bench/gateway` (named without an ending) in Node and waits until it says that it is ready. */
export async function startServer<Facts>(file: string, input: object, options: StartOptions): Promise<RunningServer<Facts>> {
  const path = fileURLToPath(new URL(`dist/bench/gateway/${file}.js`, ROOT));
  const { child, running, dead } = launch(process.execPath, [path, JSON.stringify(input)], options, true);
  const facts = await Promise.race([reply<Facts>(child, 'ready'), dead]);
  const tell = async <T>(order: Order): Promise<T> => {
    const answer = reply<T>(child, 'answer');
    child.send(order);
    return Promise.race([answer, dead]);
  };
  return {
    ...running,
    facts,
    async ask<T>(question: string, about?: unknown) {
      const answer = await tell<T | { failed: string }>({ ask: question, with: about });
      if (typeof answer === 'object' && answer !== null && 'failed' in answer) throw new Error(`${options.name}: ${answer.failed}`);
      return answer as T;
    },
    startProfile: () => tell({ profile: 'start' }),
    writeProfile: (profile) => tell({ profile: 'stop', file: profile }),
  };
}

/** Starts a program and waits until `url` answers a GraphQL request. */
export async function startProgram(command: string, args: readonly string[], options: StartOptions & { readonly url: string; readonly startMs?: number }): Promise<Running> {
  const { running, dead } = launch(command, args, options, false);
  const deadline = Date.now() + (options.startMs ?? 60_000);
  for (;;) {
    const answered = fetch(options.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ __typename }"}' }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (await Promise.race([answered, dead])) return running;
    if (Date.now() > deadline) {
      await running.stop();
      throw new Error(`${options.name} did not answer at ${options.url}:\n${running.output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
