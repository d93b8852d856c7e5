// The main query of the API on Postgres: its text, its pages, the database it is asked of, and the servers that answer it.
// Nothing is pinned to a core here: the database needs the cores too.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, parse, print, visit, type DocumentNode } from 'graphql';
import { makeKey } from '../../gateway/auth/index.ts';
import { ROOT } from '../../lib/root.ts';
import { createDatabase, startEmbedded } from '../../prisma/index.ts';
import { buildSalesWorld } from '../sales-world.ts';
import { startServer, type Running, type RunningServer } from './machine/processes.ts';
import type { Entrant } from './measure.ts';
import type { Bench } from './run.ts';

export const SALES = 100_000;
export const PAGE = 50;
export const SUPERGRAPH = new URL('schema/supergraph.graphql', ROOT);
const OPERATIONS = new URL('examples/operations/sales-with-crm.graphql', ROOT);

export interface Answering {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The main query alone; without `totalCount` of the sales where it is not wanted. */
export function salesQuery(totalCount: boolean): string {
  const document = parse(readFileSync(OPERATIONS, 'utf8'));
  const definitions = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.name?.value === 'SalesWithCrm');
  const one: DocumentNode = { ...document, definitions };
  if (totalCount) return print(one);
  return print(
    visit(one, {
      SelectionSet: (set, _key, parent) => {
        const sales = (parent as { name?: { value: string } } | undefined)?.name?.value === 'sales';
        return sales ? { ...set, selections: set.selections.filter((selection) => selection.kind !== Kind.FIELD || selection.name.value !== 'totalCount') } : undefined;
      },
    }),
  );
}

/** Cursors of the sales at these positions, newest first, as the API writes them. */
export async function cursorsAt(url: string, positions: readonly number[]): Promise<string[]> {
  const database = createDatabase({ url, applicationName: 'bench' });
  try {
    const cursors = [];
    for (const position of positions) {
      const { rows } = await database.pool.query<{ date: string; id: string }>(`SELECT date, id FROM gestao_click.sale ORDER BY date DESC, id DESC OFFSET ${position} LIMIT 1`);
      cursors.push(Buffer.from(JSON.stringify(['date DESC', rows[0]!.date, rows[0]!.id])).toString('base64url'));
    }
    return cursors;
  } finally {
    await database.close();
  }
}

export const pagesAfter = (query: string, cursors: readonly string[]): string[] => cursors.map((after) => JSON.stringify({ query, variables: { first: PAGE, after } }));

/** The database server of the run. */
export interface Postgres extends Running {
  /** URL of a database with that many sales; made where it is not there yet. */
  worldOf(sales: number): Promise<string>;
}

/** A given server, whose databases are kept for the next run, or an embedded one that goes with this one. */
export async function openPostgres({ folder, keep, field }: Bench): Promise<Postgres> {
  const given = process.env['TEST_DATABASE_URL'];
  const embedded = given ? undefined : await startEmbedded(join(folder, 'postgres'));
  const server = given ?? embedded!.url;
  const postgres: Postgres = {
    name: 'Postgres',
    pid: embedded?.pid ?? (await postmasterOf(server)),
    output: () => '',
    stop: async () => embedded?.stop(),
    async worldOf(sales) {
      const url = Object.assign(new URL(server), { pathname: `/ponte_bench_${sales}` }).toString();
      field.tell(`Making a database with ${sales} sales (where it is not there yet)`);
      await buildSalesWorld(url, sales);
      return url;
    },
  };
  keep(postgres);
  return postgres;
}

/** Parent of a backend; 0 where the server runs elsewhere, so that its CPU cannot be read. */
async function postmasterOf(server: string): Promise<number> {
  const database = createDatabase({ url: server });
  try {
    const { rows } = await database.pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    return Number(readFileSync(`/proc/${rows[0]!.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[1]);
  } catch {
    return 0;
  } finally {
    await database.close();
  }
}

/** Starts the servers of these parts. */
export interface Servers {
  handler(url: string): Promise<RunningServer<Answering>>;
  gateway(url: string): Promise<RunningServer<Answering>>;
  entrant(name: string, running: RunningServer<Answering>): Entrant;
}

export function serversOver(postgres: Postgres, { keep }: Bench): Servers {
  const start = async (file: string, input: object, name: string): Promise<RunningServer<Answering>> => {
    const server = await startServer<Answering>(file, input, { name, core: 'any' });
    keep(server);
    return server;
  };
  return {
    handler: (url) => start('servers/sales-handler', { url }, 'the handler'),
    gateway: (url) => start('servers/sales-gateway', { file: SUPERGRAPH.pathname, url, key: makeKey().text }, 'Ponte in process'),
    entrant: (name, running) => ({ name, ...running.facts, running, feeders: [postgres], exact: false }),
  };
}
