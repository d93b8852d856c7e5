// The text tier against the object tier on the same bodies: the same answers, whatever the subgraphs say; and never a broken one.
import fc from 'fast-check';
import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileSplice } from '../../gateway/splice/index.ts';
import { randomOperations } from '../support/random-operation.ts';
import { given, Stage, type Spoil, type World } from './splice-stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(() => stage.close());

const pairOf = async (query: string, world: World) => (await stage.pair(query, world))!;
const both = async (query: string, world: World, spoil?: Spoil, variables?: Record<string, unknown>) => (await pairOf(query, world)).run(spoil, variables);

/** What each shows is in its text: the client's order, another order, holes at both ends and between, two and three hops, lists of lists. */
const QUERIES = [
  '{ sales { id number total discount paid note tags grid outcome } }',
  '{ sales { salesperson { contact { name } name } id } }',
  '{ sales { id salesperson { score name contact { phones name id } email } total } }',
  '{ sales { client { name contact { name visits id } deals { title } } items { quantity product { stock name shelf { row code } } } } }',
  '{ sales { __typename client { kind: __typename friends { name referrer { name contact { visits } } } } } __typename }',
  '{ a: sales { x: id y: client { z: name contact { w: name } } } b: sale(id: "i1") { client { id } } featured { name deals { owner { name score } } } }',
  '{ featured { contact { name } referrer { contact { name } referrer { contact { id name visits } } } } contacts { visits name } topProduct { stock id } }',
  'query Q($first: Int, $deals: Int) { sales(first: $first, outcome: OPEN) { raw client { deals(first: $deals) { id owner { id score } } } } }',
  'fragment P on Salesperson { name contact { ...C } } fragment C on Contact { name visits } { sales { salesperson { ...P ... on Salesperson { id } } salesperson { score } } }',
  '{ a: featured { contact { name } } b: featured { contact { name visits } name } sales { client { contact { phones } } } }',
  '{ contacts { __typename } topProduct { __typename shelf { __typename code } } }',
];

describe('answers of two tiers are the same', () => {
  test.each(QUERIES)('%s', async (query) => {
    for (let seed = 1; seed <= 30; seed++) {
      const result = await both(query, { seed }, undefined, { first: 2, unused: 'ção' });
      expect(result.values).toEqual(result.expected);
      expect(result.more).toBe(0);
    }
  });

  test('whoever planned', async () => {
    const other = await Stage.open('apollo');
    try {
      for (const query of QUERIES) {
        for (let seed = 1; seed <= 5; seed++) {
          const result = await (await other.pair(query, { seed }))!.run(undefined, { first: 2 });
          expect(result.values, query).toEqual(result.expected);
          expect(result.more).toBe(0);
        }
      }
    } finally {
      await other.close();
    }
  });

  test('and most texts are spliced', async () => {
    let spliced = 0;
    for (const query of QUERIES) for (let seed = 1; seed <= 10; seed++) spliced += (await both(query, { seed, nulls: 0.05 })).fallback === undefined ? 1 : 0;
    expect(spliced).toBeGreaterThan(80);
  });

  test('for random operations on random bodies, sound or faulty', async () => {
    let [spliced, fallen, unsuited] = [0, 0, 0];
    for (const { query, seed, variables } of randomOperations(stage.schema, 300)) {
      if (!query.startsWith('query')) continue;
      for (const faults of [0, 0.05]) {
        const pair = await stage.pair(query.replaceAll(/ @(skip|include)\(if: [^)]*\)/g, ''), { seed, faults, nulls: 0.1 });
        const result = await pair?.run(undefined, variables);
        if (!result) unsuited++;
        else if (result.fallback) fallen++;
        else spliced++;
        expect(result?.values, query).toEqual(result?.expected);
      }
    }
    expect(spliced).toBeGreaterThan(150);
    expect(fallen + spliced).toBeGreaterThan(unsuited);
  });
});

const WIDE = QUERIES[3]!;
const flip = (nth: number, at: number, how: (body: string, at: number) => string): Spoil => (body, count) => (count === nth ? how(body, at % body.length) : body);
const SPOILS: [string, (body: string, at: number) => string][] = [
  ['lost', (body, at) => body.slice(0, at) + body.slice(at + 1)],
  ['doubled', (body, at) => body.slice(0, at) + body[at]! + body.slice(at)],
  ...['"', '\\', '{', '}', '[', ']', ',', ':', ' ', '0', '-', 'e', 'n', '\0', '\n', '\xff', '\xc3', 'A'].map((byte): [string, (body: string, at: number) => string] => [
    `turned into ${JSON.stringify(byte)}`,
    (body, at) => body.slice(0, at) + byte + body.slice(at + 1),
  ]),
];

describe('a body with one wrong byte gives what the object tier gives', () => {
  test.each(SPOILS)('a byte that is %s', async (_how, how) => {
    const pair = await pairOf(WIDE, { seed: 9, rows: 2 });
    expect((await pair.run()).fallback).toBeUndefined();
    for (let nth = 0; nth < 4; nth++) {
      for (let at = 0; at < 100; at++) {
        const result = await pair.run(flip(nth, at, how));
        expect(result.values, `${nth} ${at}`).toEqual(result.expected);
      }
    }
  });

  test('anywhere, whatever the operation', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...QUERIES), fc.nat(50), fc.nat(3), fc.nat(5_000), fc.nat(255), async (query, seed, nth, at, byte) => {
        const result = await both(query, { seed }, flip(nth, at, (body, place) => body.slice(0, place) + String.fromCharCode(byte) + body.slice(place + 1)));
        expect(result.values).toEqual(result.expected);
      }),
      { numRuns: 1_500 },
    );
  });
});

describe('what cannot be spliced goes on with the texts that came', () => {
  const seed = 4;
  test.each<[string, string, (body: string) => string | Error]>([
    ['errors', 'errors', (body) => `{"errors":[{"message":"x","path":["sales",0,"note"]}],${body.slice(1)}`],
    ['errors behind the data', 'shape', (body) => `${body.slice(0, -1)},"errors":[{"message":"x"}]}`],
    ['white space', 'shape', (body) => JSON.stringify(JSON.parse(body), null, 2)],
    ['another order of keys', 'shape', (body) => body.replace(/\{("id":"[^"]*"),("number":[^,]*)/, '{$2,$1')],
    ['a null where none may be', 'null', (body) => body.replace(/"paid":(true|false)/, '"paid":null')],
    ['a number for a text', 'leaf', (body) => body.replace(/"total":"[^"]*"/, '"total":null').replace(/"id":"[^"]*"/, '"id":5')],
    ['an unknown enum value', 'leaf', (body) => body.replace(/"outcome":"[A-Z]*"/, '"outcome":"SECRET"')],
    ['no answer at all', 'fetch failed', () => new Error('down')],
  ])('%s', async (_what, reason, how) => {
    const query = '{ sales { id number total paid outcome client { contact { name } } } }';
    const result = await both(query, { seed, nulls: 0 }, (body, nth) => (nth === 0 ? how(body) : body));
    expect(result.fallback).toBe(reason);
    expect(result.values).toEqual(result.expected);
    expect(result.more).toBe(0);
  });

  test('an answer that came before another one failed is not asked for again', async () => {
    const query = '{ sales { client { contact { name visits } } salesperson { score } } }';
    for (let nth = 0; nth < 3; nth++) {
      const result = await both(query, { seed: 8, nulls: 0 }, (body, count) => (count === nth ? new Error('down') : body));
      expect([result.fallback, result.more]).toEqual(['fetch failed', 0]);
      expect(result.values).toEqual(result.expected);
    }
  });

  test('entities that are gone are null where they may be', async () => {
    const gone: Spoil = (body, nth) => (nth === 1 ? body.replace(/\[\{.*\}\]/, (list) => `[${(JSON.parse(list) as unknown[]).map(() => 'null').join(',')}]`) : body);
    const may = await both('{ sales { client { name contact { name } } } }', { seed, nulls: 0 }, gone);
    expect(may.fallback).toBeUndefined();
    expect(may.values).toEqual(may.expected);
    const must = await both('{ sales { salesperson { name score } } }', { seed, nulls: 0 }, gone);
    expect(must.fallback).toBe('gone');
    expect(must.values).toEqual(must.expected);
  });

  test('extensions and a line break at the end are read over', async () => {
    const result = await both(WIDE, { seed: 9 }, (body) => `${body.slice(0, -1)},"extensions":{"took":[1,{"ms":2.5}]}}\n`);
    expect(result.fallback).toBeUndefined();
    expect(result.values).toEqual(result.expected);
  });
});

test.each([
  ['mutation { touch { id } }'],
  ['query ($a: Boolean!) { sales { id @include(if: $a) note } }'],
  ['{ __schema { description } sales { id } }'],
  ['{ __typename }'],
])('%s is for the object tier', async (query) => {
  const input = await stage.input(query, stage.sources({ seed: 1 }));
  expect(compileSplice(input, { after: 0 })).toBeNull();
});

test('fields that the caller may not see, and sources in this process, are for the object tier', async () => {
  const input = await stage.input('{ sales { id note } }', stage.sources({ seed: 1 }));
  expect(compileSplice({ ...input, refused: new Map([['Sale.note', { code: 'FORBIDDEN', message: 'no' }]]) }, { after: 0 })).toBeNull();
  const sources = Object.fromEntries(Object.entries(input.sources).map(([name, source]) => [name, { ...source, kind: 'local' as const }]));
  expect(compileSplice({ ...input, sources }, { after: 0 })).toBeNull();
});

test('an operation is spliced from its third execution on, and left alone for a while when its texts never fit', async () => {
  const executable = compileSplice(await stage.input('{ sales { id } }', stage.sources({ seed: 1 })))!;
  const tiers: string[] = [];
  for (let i = 0; i < 4; i++) {
    tiers.push(executable.tier);
    await executable.execute(given());
  }
  expect(tiers).toEqual(['object', 'object', 'text', 'text']);
  const odd = stage.sources({ seed: 1 }, (body) => ` ${body}`);
  const stubborn = compileSplice(await stage.input('{ sales { id } }', odd), { after: 0 })!;
  const falls: (string | undefined)[] = [];
  for (let i = 0; i < 12; i++) {
    const input = given();
    await stubborn.execute(input);
    falls.push(input.request.tally.fallback);
  }
  expect(falls).toEqual([...Array<string>(8).fill('shape'), ...Array<undefined>(4).fill(undefined)]);
});

test('response keys of any kind are data, never code', async () => {
  const keys = ['__proto__', 'constructor', 'b', 's', 'misfit', 'eval', 'return', 'await', `_${'x'.repeat(300)}`];
  const query = `{ ${keys.map((key) => `${key}: sales { ${keys.map((below) => `${below}: note`).join(' ')} client { ${key}: contact { ${key}: name } } }`).join(' ')} }`;
  parse(query);
  const result = await both(query, { seed: 2 });
  expect(result.fallback).toBeUndefined();
  expect(result.values).toEqual(result.expected);
});
