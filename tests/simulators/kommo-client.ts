// A plain client of the Kommo simulator, for its tests: no retries, no parsing beyond JSON.
import { afterAll, beforeAll } from 'vitest';
import { startKommoSimulator } from '../../simulators/kommo/index.ts';
import type { KommoSimulator, KommoSimulatorOptions } from '../../simulators/kommo/index.ts';
import { createWorld } from '../../simulators/world/index.ts';

export interface Answer {
  status: number;
  type: string | null;
  headers: Headers;
  text: string;
  /** The parsed body; undefined where it was empty or no JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are read by path, and a wrong path fails the test
  json: any;
}

export interface Kommo {
  readonly sim: KommoSimulator;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  /** Follows `next` to the end and gives all rows of the list. */
  all(path: string, key: string): Promise<Answer['json'][]>;
}

export const TODAY = '2026-11-20';
export const smallWorld = (seed: number | string = 1): ReturnType<typeof createWorld> =>
  createWorld({ preset: 'small', seed, today: TODAY });

/** Making a key takes longer than starting the server: one per test file. */
let signingKey: string | undefined;

export async function openKommo(options: Partial<KommoSimulatorOptions> = {}): Promise<Kommo> {
  const sim = await startKommoSimulator({
    world: smallWorld(),
    limits: false,
    ...(signingKey === undefined ? {} : { signingKey }),
    ...options,
  });
  signingKey ??= await sim.signingKey();
  const token = await sim.token();
  async function send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const address = path.startsWith('http') ? path : `${sim.url}/api/v4${path}`;
    const response = await fetch(address, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const type = response.headers.get('content-type');
    return {
      status: response.status,
      type,
      headers: response.headers,
      text,
      json: type?.includes('json') ? JSON.parse(text) : undefined,
    };
  }
  const get = (path: string): Promise<Answer> => send('GET', path);
  async function all(path: string, key: string): Promise<Answer['json'][]> {
    const rows: Answer['json'][] = [];
    let next: string | undefined = path;
    while (next !== undefined) {
      const answer: Answer = await get(next);
      if (answer.status === 204) break;
      rows.push(...answer.json._embedded[key]);
      next = answer.json._links.next?.href;
    }
    return rows;
  }
  return { sim, send, get, all };
}

/** One simulator for all tests of a file. */
export function useKommo(options: Partial<KommoSimulatorOptions> = {}): Kommo {
  let kommo: Kommo;
  beforeAll(async () => {
    kommo = await openKommo(options);
  });
  afterAll(() => kommo.sim.close());
  return {
    get sim() {
      return kommo.sim;
    },
    send: (...args) => kommo.send(...args),
    get: (path) => kommo.get(path),
    all: (path, key) => kommo.all(path, key),
  };
}

/** Code and path of every validation error, with the item it belongs to. */
export const problems = (answer: Answer): string[] =>
  answer.json['validation-errors'].flatMap((item: { request_id: string; errors: { code: string; path: string }[] }) =>
    item.errors.map(({ code, path }) => `${item.request_id} ${code} ${path}`),
  );

/** The values that a card shows under a field. */
export const fieldOf = (card: Answer['json'], id: number): unknown =>
  card.custom_fields_values?.find((entry: { field_id: number }) => entry.field_id === id)?.values;

/** What tests of writes do again and again: each makes a record or reads one. */
export const writerOf = (kommo: Kommo) => ({
  async newLead(item: object = {}): Promise<number> {
    const { json } = await kommo.send('POST', '/leads', [{ name: 'Teste', ...item }]);
    return json._embedded.leads[0].id;
  },
  async newContact(item: object = {}): Promise<number> {
    const { json } = await kommo.send('POST', '/contacts', [{ name: 'Marina Prado', ...item }]);
    return json._embedded.contacts[0].id;
  },
  read: async (path: string): Promise<Answer['json']> => (await kommo.get(path)).json,
});
