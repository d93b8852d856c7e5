// One operation, every engine, one answer: Apollo's own executor against ours, on both planners and on all tiers, over random
// operations on a graph in which resolvers throw, entities are gone and nulls stand where none may be.
import { Kind, parse, print, visit } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Answer } from '../../lib/graphql/run.ts';
import { createEngineUnderTest, type Engine } from '../support/engines.ts';
import { randomOperations, type RandomOperation } from '../support/random-operation.ts';
import { createWideGraph } from '../support/wide-graph.ts';

const COUNT = 520;

type Problem = NonNullable<Answer['errors']>[number];

/** Every null of the answer, as a path that ends with a dot; the whole answer is the empty one. */
function nulls(value: unknown, path = ''): string[] {
  if (value === null) return [path];
  const entries = Array.isArray(value) ? value.entries() : value !== null && typeof value === 'object' ? Object.entries(value) : [];
  return [...entries].flatMap(([key, one]) => nulls(one, `${path}${key}.`));
}
const pathOf = ({ path = [] }: Problem) => path.map((step) => `${step}.`).join('');

/** The nulls that errors explain. Which of several causes is told is up to an engine: one is enough, and the first one wins. */
function explained({ data, errors = [] }: Answer): string[] {
  const empty = nulls(data);
  return [...new Set(errors.flatMap((error) => empty.filter((at) => pathOf(error).startsWith(at))))].sort();
}

const OTHER = 'zz_';

/** The operation with other aliases in all its places; null where it has none. */
function underOtherAliases({ query, ...operation }: RandomOperation): RandomOperation | null {
  let found = false;
  const document = visit(parse(query), {
    Field({ alias, ...node }) {
      if (!alias || alias.value === node.name.value) return undefined;
      found = true;
      return { ...node, alias: { kind: Kind.NAME, value: `${OTHER}${alias.value}` } };
    },
  });
  return found ? { ...operation, query: print(document) } : null;
}

/** What is to be compared of an answer: data and errors, under the aliases that were there before. */
const linesOf = ({ data, errors = [] }: Answer): string[] => [data, ...errors].map((part) => JSON.stringify(part).replaceAll(OTHER, ''));

describe('engines agree', () => {
  const graph = createWideGraph();
  const engines: Engine[] = [];
  let operations: RandomOperation[] = [];

  beforeAll(async () => {
    for (const options of [
      { name: 'stock', place: 'local', engine: 'stock' },
      { name: 'object, Hive', place: 'wire', engine: 'hive', textTier: false },
      { name: 'text, Hive', place: 'wire', engine: 'hive', textTier: true },
      { name: 'local, Hive', place: 'local', engine: 'hive' },
      { name: 'object, Apollo', place: 'wire', engine: 'apollo', textTier: false },
      { name: 'text, Apollo', place: 'wire', engine: 'apollo', textTier: true },
    ] as const) {
      engines.push(await createEngineUnderTest(options, graph));
    }
    operations = randomOperations(engines[0]!.graphs.current.supergraph.apiSchema, COUNT);
  }, 120_000);
  afterAll(async () => {
    await Promise.all(engines.map((engine) => engine.close()));
  });

  const compare = async (operation: RandomOperation): Promise<{ problems: string[]; fallback: boolean; tier: string }> => {
    const [stock, ...ours] = await Promise.all(engines.filter(({ name }) => !name.includes('Apollo') || operation.seed % 4 === 0).map(async (engine) => ({ name: engine.name, ...(await engine.run(operation)) })));
    const problems: string[] = [];
    const [first] = ours;
    for (const { name, answer, result } of ours) {
      const data = JSON.stringify(answer.data);
      if (data !== JSON.stringify(stock!.answer.data)) problems.push(`${name}: data\n  ours  ${data}\n  stock ${JSON.stringify(stock!.answer.data)}`);
      const missing = explained(first!.answer).filter((at) => !explained(answer).includes(at));
      const surplus = explained(answer).filter((at) => !explained(first!.answer).includes(at));
      if (missing.length + surplus.length > 0) problems.push(`${name}: errors; ${first!.name} also explains [${missing.join(', ')}] and not [${surplus.join(', ')}]`);
      if (answer.data === null && !answer.errors?.length) problems.push(`${name}: data is null and nobody says why`);
      if (/hunter2|SELECT/.test(result.text)) problems.push(`${name}: tells what must be hidden`);
      const unplaced = (answer.errors ?? []).filter(({ path, extensions }) => !path?.length || typeof extensions?.['code'] !== 'string');
      if (unplaced.length > 0) problems.push(`${name}: an error without a place or a code ${JSON.stringify(unplaced[0])}`);
      const stray = (answer.errors ?? []).filter((error) => !nulls(answer.data).some((at) => pathOf(error).startsWith(at)));
      if (stray.length > 0) problems.push(`${name}: an error where nothing is null ${JSON.stringify(stray[0])}`);
    }
    const untold = explained(stock!.answer).filter((at) => !explained(first!.answer).includes(at));
    if (untold.length > 0) problems.push(`nulls that the stock executor explains and ours do not: ${untold.join(', ')}`);
    // Once more under other aliases: on what all of them share, with keys that each execution brings.
    const other = underOtherAliases(operation);
    for (const engine of other ? engines.slice(1) : []) {
      const before = ours.find(({ name }) => name === engine.name);
      if (!before) continue;
      const { answer } = await engine.run(other!);
      const [one, two] = [linesOf(before.answer), linesOf(answer)];
      const lost = one.filter((line) => !two.includes(line));
      const added = two.filter((line) => !one.includes(line));
      if (lost.length + added.length > 0) problems.push(`${engine.name}: under other aliases\n  not any more ${lost.join('\n  ')}\n  only now ${added.join('\n  ')}`);
    }
    const text = ours.find(({ name }) => name.startsWith('text'))!;
    return { problems, fallback: text.request.tally.fallback !== undefined, tier: String(text.request.tally.tier) };
  };

  test(`on ${COUNT} random operations`, async () => {
    const wrong: string[] = [];
    for (const operation of operations) {
      const { problems } = await compare(operation);
      if (problems.length > 0) wrong.push(`seed ${operation.seed}\n${operation.query} ${JSON.stringify(operation.variables)}\n${problems.join('\n')}`);
    }
    const { stock = 0, ...shared } = Object.fromEntries(engines.map(({ name, graphs }) => [name, graphs.current.operations.stats.shared]));
    expect(stock).toBe(0);
    for (const [name, count] of Object.entries(shared)) expect(count, name).toBeGreaterThan(COUNT / (name.includes('Apollo') ? 8 : 2));
    expect(wrong.slice(0, 3).join('\n\n'), `${wrong.length} of ${operations.length} differ`).toBe('');
  }, 240_000);
});
