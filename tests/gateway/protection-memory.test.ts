// What is kept of operations is bounded by how large they are, not by how many: who sends large ones fills no memory.
import { describe, expect, test } from 'vitest';
import { Operations, type Compiled } from '../../gateway/operations/index.ts';
import { Shelf } from '../../gateway/operations/shelf.ts';
import { OPEN } from '../../gateway/principal.ts';
import { createRules } from '../../gateway/protection/index.ts';
import { readSupergraph } from '../../gateway/supergraph/index.ts';
import { silentLogger } from '../../lib/log.ts';
import { createGraph } from '../support/gateway-graph.ts';

describe('the shelf', () => {
  test('keeps what was used last, within its selections', () => {
    const left: string[] = [];
    const shelf = new Shelf(100);
    const [a, b, c, d] = [{}, {}, {}, {}];
    shelf.put(a, 40, () => left.push('a'));
    shelf.put(b, 40, () => left.push('b'));
    shelf.use(a);
    shelf.put(c, 40, () => left.push('c'));
    expect([left, shelf.size]).toEqual([['b'], 80]);
    shelf.remove(c);
    expect([left, shelf.size]).toEqual([['b'], 40]);
    // Larger than all the room: it is alone, for as long as nobody else comes.
    shelf.put(d, 1_000, () => left.push('d'));
    expect([left, shelf.size]).toEqual([['b', 'a'], 100]);
  });
});

describe('operations', () => {
  const supergraph = readSupergraph(createGraph().supergraphSdl);
  function open(maxOperations?: number) {
    const compiled: string[] = [];
    const compiler = async ({ text }: { text: string }): Promise<Compiled> => {
      compiled.push(text);
      return { kind: 'single', executable: { tier: 'object', execute: () => Promise.reject(new Error('Nobody runs it')) } };
    };
    const operations = new Operations({ supergraph, sources: {}, rules: { ...createRules(), introspection: true }, compiler, log: silentLogger, ...(maxOperations === undefined ? {} : { maxOperations }) });
    const prepare = async (query: string, variables = {}) => {
      const prepared = await operations.prepare({ query, variables }, OPEN);
      if ('text' in prepared) throw new Error(prepared.text);
      return prepared;
    };
    return { compiled, operations, prepare };
  }

  test('one that has left is compiled again when it is asked for, although its text is still known', async () => {
    const { compiled, operations, prepare } = open(2);
    for (const field of ['id', 'number', 'total', 'id']) await prepare(`{ sales { ${field} } }`);
    expect(compiled).toEqual(['id', 'number', 'total', 'id'].map((field) => expect.stringContaining(field)));
    expect(operations.stats).toMatchObject({ texts: 3, operations: 2, hits: 0 });
    await prepare('{ sales { id } }');
    expect(operations.stats).toMatchObject({ hits: 1 });
    expect(compiled).toHaveLength(4);
  });

  test('large ones push each other out long before there are many of them, small ones stay', async () => {
    const { compiled, prepare } = open();
    // Each is another subset of 900 fields: no two are the same.
    const large = (n: number) => `{ sales { ${'id number '.repeat(400)} ${Array.from({ length: 10 }, (_, bit) => (n & (1 << bit) ? 'total' : 'number')).join(' ')} } }`;
    const small = (n: number) => `query($a: Boolean!) { sales { id ${Array.from({ length: 8 }, (_, bit) => (n & (1 << bit) ? 'total' : 'number')).join(' ')} number @include(if: $a) } }`;
    for (let n = 0; n < 150; n++) await prepare(large(n));
    expect(compiled).toHaveLength(150);
    await prepare(large(149));
    expect(compiled).toHaveLength(150);
    await prepare(large(0));
    expect(compiled).toHaveLength(151);
    const other = open();
    for (let n = 0; n < 150; n++) for (const a of [true, false]) await other.prepare(small(n), { a });
    for (let n = 0; n < 150; n++) for (const a of [true, false]) await other.prepare(small(n), { a });
    expect(other.compiled).toHaveLength(300);
  });
});
