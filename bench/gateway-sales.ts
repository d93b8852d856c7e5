// The main query on Postgres, in process, against a hand-written handler that makes the same answer with one statement:
// CPU and requests per second in one run, the contenders alternating; the cost at a far row; the number of SQL statements.
//   node --import tsx bench/gateway-sales.ts [--sales 100000] [--rounds 5] [--seconds 2] [--connections 32] [--no-total] [--flat 10000,1000000]
// Uses TEST_DATABASE_URL (a server on this machine, so that the CPU of its processes can be read); keeps the databases
// `ponte_bench_<sales>` for the next run. The three fetches that the planner makes of the query are run by hand, so that
// what is measured is the subgraphs alone.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { RequestContext } from '../gateway/request.ts';
import { LocalSource } from '../gateway/sources/local.ts';
import { silentLogger } from '../lib/log.ts';
import { saoPauloToday } from '../lib/time.ts';
import { createDatabase, type Database } from '../prisma/index.ts';
import { createGestaoClickSubgraph } from '../subgraphs/gestao-click/index.ts';
import { createInsightsSubgraph } from '../subgraphs/insights/index.ts';
import { createKommoSubgraph } from '../subgraphs/kommo/index.ts';
import { createByHand } from './sales-by-hand.ts';
import { buildSalesWorld } from './sales-world.ts';

type Json = Record<string, unknown>;
interface Named extends Json {
  id: string;
}
type Ask = (after?: string) => Promise<string>;

const SALES = (total: boolean) => `query($after:String, $filter:SaleFilter, $first:Int=50, $orderBy:SaleOrder){sales(after: $after, filter: $filter, first: $first, orderBy: $orderBy){${total ? 'totalCount ' : ''}pageInfo{hasNextPage hasPreviousPage startCursor endCursor} edges{cursor node{id externalId number kind date status{id name outcome} total discount freight channel store{id name} items{kind description quantity unitPrice discount total product{id name}} client{__typename id name kind document email phones} salesperson{__typename id name email document} payments{id status dueDate amount paidAt paidAmount method{id name kind}} customFields{name type text} syncedAt}}}}`;
const LINKS = 'query($__batch_reps_0:[_Any!]!, $__batch_reps_1:[_Any!]!){_e0: _entities(representations: $__batch_reps_0){...on Salesperson{contact{...a}}} _e1: _entities(representations: $__batch_reps_1){...on Client{contact{...a}}}} fragment a on Contact {__typename id}';
const CONTACTS = 'query($__batch_reps_0:[_Any!]!, $__batch_reps_1:[_Any!]!){_e0: _entities(representations: $__batch_reps_0){...on Contact{name phones emails customFields{field{id name code type} values{text number date option{id value}}} deals(first: 5){totalCount edges{node{id name price status stage{id name} pipeline{id name}}}}}} _e1: _entities(representations: $__batch_reps_1){...on Contact{name phones emails}}}';

/** Distinct representations, and what came back for each. */
function groupOf(type: string, people: readonly (Named | null)[]) {
  const ids = [...new Set(people.flatMap((person) => (person ? [person.id] : [])))];
  return { representations: ids.map((id) => ({ __typename: type, id })), byId: (found: unknown) => new Map(ids.map((id, n) => [id, (found as (Json | null)[])[n]!])) };
}

/** The plan of the main query, executed by hand. */
function createGraph(database: Database, total: boolean): Ask {
  const log = silentLogger;
  const source = (subgraph: ConstructorParameters<typeof LocalSource>[0]) => new LocalSource(subgraph, log);
  const prepare = (from: LocalSource, operation: string) => from.prepare({ operation, operationKind: 'query' });
  const erp = prepare(source(createGestaoClickSubgraph({ database, log })), SALES(total));
  const links = prepare(source(createInsightsSubgraph({ database, log })), LINKS);
  const crm = prepare(source(createKommoSubgraph({ database, log })), CONTACTS);
  const dataOf = async (fetch: typeof erp, variables: Json, request: RequestContext): Promise<Json> => {
    const { data, errors } = await fetch.run(variables, request);
    if (!data || errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  return async (after) => {
    const request = new RequestContext({ deadlineMs: 30_000 });
    try {
      const data = await dataOf(erp, { first: 50, ...(after === undefined ? {} : { after }) }, request);
      const nodes = (data['sales'] as { edges: { node: { client: Named | null; salesperson: Named | null } }[] }).edges.map(({ node }) => node);
      const [sellers, buyers] = [groupOf('Salesperson', nodes.map((node) => node.salesperson)), groupOf('Client', nodes.map((node) => node.client))];
      const linked = await dataOf(links, { __batch_reps_0: sellers.representations, __batch_reps_1: buyers.representations }, request);
      const [ofSellers, ofBuyers] = [sellers.byId(linked['_e0']), buyers.byId(linked['_e1'])];
      const contactOf = (found: Map<string, Json>, person: Named | null) => (person ? (found.get(person.id)!['contact'] as Named | null) : null);
      const [first, second] = [groupOf('Contact', nodes.map((node) => contactOf(ofSellers, node.salesperson))), groupOf('Contact', nodes.map((node) => contactOf(ofBuyers, node.client)))];
      const contacts = await dataOf(crm, { __batch_reps_0: first.representations, __batch_reps_1: second.representations }, request);
      const [ofFirst, ofSecond] = [first.byId(contacts['_e0']), second.byId(contacts['_e1'])];
      for (const node of nodes) {
        for (const [person, found, full] of [[node.salesperson, ofSellers, ofFirst], [node.client, ofBuyers, ofSecond]] as const) {
          if (!person) continue;
          const contact = contactOf(found, person);
          delete person['__typename'];
          person['contact'] = contact && { id: contact.id, ...full.get(contact.id) };
        }
      }
      return JSON.stringify({ data });
    } finally {
      request.end();
    }
  };
}

/** CPU that Postgres' processes of these databases have used, in ms. */
async function postgresCpu(databases: readonly Database[]): Promise<number> {
  let ticks = 0;
  for (const { pool } of databases) {
    const { rows } = await pool.query<{ pid: number }>('SELECT pid FROM pg_stat_activity WHERE datname = current_database()');
    for (const { pid } of rows) {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
        ticks += Number(fields[11]) + Number(fields[12]);
      } catch {
        // The process has ended.
      }
    }
  }
  return ticks * 10;
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

interface Sample {
  rps: number;
  nodeMs: number;
  postgresMs: number;
  p50: number;
}

/** Drives one contender with `connections` callers; requests rotate over the places. */
async function drive(ask: Ask, places: readonly (string | undefined)[], databases: readonly Database[], connections: number, seconds: number): Promise<Sample> {
  const times: number[] = [];
  const [cpu, pgCpu, began] = [process.cpuUsage(), await postgresCpu(databases), performance.now()];
  const until = began + seconds * 1_000;
  let next = 0;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (performance.now() < until) {
        const at = performance.now();
        await ask(places[next++ % places.length]);
        times.push(performance.now() - at);
      }
    }),
  );
  const used = process.cpuUsage(cpu);
  const elapsed = performance.now() - began;
  return { rps: (times.length / elapsed) * 1_000, nodeMs: (used.user + used.system) / 1_000 / times.length, postgresMs: ((await postgresCpu(databases)) - pgCpu) / times.length, p50: median(times) };
}

/** Cursors of rows spread over the list, in the form of both contenders. */
async function placesAt(database: Database, offsets: readonly number[]): Promise<string[]> {
  const places: string[] = [];
  for (const offset of offsets) {
    const { rows } = await database.pool.query<{ date: string; id: string }>(`SELECT date, id FROM gestao_click.sale ORDER BY date DESC, id DESC OFFSET ${offset} LIMIT 1`);
    places.push(Buffer.from(JSON.stringify(['date DESC', rows[0]!.date, rows[0]!.id])).toString('base64url'));
  }
  return places;
}
const placeOf = (cursor: string) => {
  const [, date, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as [string, string, string];
  return { date, id };
};

interface Contenders {
  readonly database: Database;
  readonly graph: Ask;
  readonly byHand: Ask;
  readonly byHandPlanned: Ask;
}

async function open(server: string, sales: number, totalCount: boolean): Promise<Contenders> {
  const url = Object.assign(new URL(server), { pathname: `/ponte_bench_${sales}` }).toString();
  await buildSalesWorld(url, sales);
  const database = createDatabase({ url, applicationName: 'ponte bench' });
  const today = saoPauloToday(new Date());
  const hand = (prepared: boolean): Ask => {
    const { ask } = createByHand(database.pool, { today, prepared, totalCount });
    return (after) => ask(50, after === undefined ? undefined : placeOf(after));
  };
  return { database, graph: createGraph(database, totalCount), byHand: hand(true), byHandPlanned: hand(false) };
}

/** Alternates the contenders and prints the medians. */
async function compare(title: string, asks: Readonly<Record<string, readonly [Ask, readonly (string | undefined)[]]>>, databases: readonly Database[], options: { rounds: number; connections: number; seconds: number }): Promise<Record<string, Sample>> {
  const samples = new Map(Object.keys(asks).map((name) => [name, [] as Sample[]]));
  for (const [ask, places] of Object.values(asks)) for (let n = 0; n < 60; n++) await ask(places[n % places.length]);
  for (let round = 0; round < options.rounds; round++)
    for (const [name, [ask, places]] of Object.entries(asks)) samples.get(name)!.push(await drive(ask, places, databases, options.connections, options.seconds));
  const rows = Object.fromEntries(
    [...samples].map(([name, own]) => [name, { rps: median(own.map((s) => s.rps)), nodeMs: median(own.map((s) => s.nodeMs)), postgresMs: median(own.map((s) => s.postgresMs)), p50: median(own.map((s) => s.p50)) }]),
  );
  console.log(title);
  console.table(Object.fromEntries(Object.entries(rows).map(([name, s]) => [name, { 'requests/s': s.rps.toFixed(1), 'node CPU ms': s.nodeMs.toFixed(2), 'Postgres CPU ms': s.postgresMs.toFixed(2), 'both CPU ms': (s.nodeMs + s.postgresMs).toFixed(2), 'p50 ms': s.p50.toFixed(2) }])));
  return rows;
}

const { values } = parseArgs({
  options: { sales: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '2' }, connections: { type: 'string', default: '32' }, 'no-total': { type: 'boolean', default: false }, flat: { type: 'string' } },
});
const server = process.env['TEST_DATABASE_URL'];
if (!server) throw new Error('Set TEST_DATABASE_URL to a Postgres server on this machine');
const options = { rounds: Number(values.rounds), connections: Number(values.connections), seconds: Number(values.seconds) };

if (values.flat === undefined) {
  const sales = Number(values.sales);
  const { database, graph, byHand, byHandPlanned } = await open(server, sales, !values['no-total']);
  const places = [undefined, ...(await placesAt(database, Array.from({ length: 50 }, (_, n) => Math.floor((sales * n) / 51))))];
  for (const place of places.slice(0, 3)) {
    const [own, other] = [await graph(place), await byHand(place)].map((text) => JSON.parse(text) as unknown);
    if (!isDeepStrictEqual(own, other)) throw new Error(`The answers differ at ${place}:\n${JSON.stringify(own).slice(0, 3_000)}\n${JSON.stringify(other).slice(0, 3_000)}`);
  }
  const texts: string[] = [];
  const stop = database.onStatement((text) => texts.push(text));
  const answer = await graph(places[1]);
  stop();
  console.log(`${texts.length} statements, ${Math.round(answer.length / 1_024)} KB`);
  const result = await compare(`${sales} sales, ${options.connections} callers`, { graph: [graph, places], 'by hand': [byHand, places], 'by hand, planned each time': [byHandPlanned, places] }, [database], options);
  console.log(`graph / by hand: ${(result['graph']!.rps / result['by hand']!.rps).toFixed(2)} of its requests/s, ${((result['graph']!.nodeMs + result['graph']!.postgresMs) / (result['by hand']!.nodeMs + result['by hand']!.postgresMs)).toFixed(2)} times its CPU`);
  await database.close();
} else {
  const one = { ...options, connections: 1 };
  const opened = await Promise.all(values.flat.split(',').map(async (sales) => ({ sales: Number(sales), without: await open(server, Number(sales), false), total: await open(server, Number(sales), true) })));
  const asks: Record<string, readonly [Ask, readonly (string | undefined)[]]> = {};
  for (const { sales, without, total } of opened) {
    const far = (at: number) => Array.from({ length: 10 }, (_, n) => Math.floor(sales * at) + n * 50);
    asks[`${sales}, row 0`] = [without.graph, await placesAt(without.database, far(0))];
    asks[`${sales}, at 90 %`] = [without.graph, await placesAt(without.database, far(0.9))];
    asks[`${sales}, row 0, totalCount`] = [total.graph, asks[`${sales}, row 0`]![1]];
  }
  const result = await compare('One caller', asks, opened.flatMap(({ without, total }) => [without.database, total.database]), one);
  for (const { sales } of opened) console.log(`${sales} sales: p50 at 90 % / row 0 = ${(result[`${sales}, at 90 %`]!.p50 / result[`${sales}, row 0`]!.p50).toFixed(2)}`);
  const [small, large] = [opened[0]!, opened.at(-1)!];
  console.log(`p50 with ${large.sales} / ${small.sales} sales = ${(result[`${large.sales}, row 0`]!.p50 / result[`${small.sales}, row 0`]!.p50).toFixed(2)}`);
  await Promise.all(opened.flatMap(({ without, total }) => [without.database.close(), total.database.close()]));
}
