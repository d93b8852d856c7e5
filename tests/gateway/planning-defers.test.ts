// What is done to an operation before it is planned: deferred fragments get labels of their own, and fragments that make an
// operation grow without end are found before a planner writes them out.
import { readFileSync } from 'node:fs';
import { parse, print } from 'graphql';
import { describe, expect, test } from 'vitest';
import { clientLabel, createPlanner, isIncremental, labelDefers, needsApollo, type PlanNode } from '../../gateway/planning/index.ts';
import { prune } from '../../gateway/planning/prune.ts';
import { readSupergraph } from '../../gateway/supergraph/index.ts';
import { silentLogger } from '../../lib/log.ts';

const flat = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
const labelled = (text: string): string => flat(print(labelDefers(parse(text))));

describe('labelDefers', () => {
  test('leaves an operation alone that defers nothing', () => {
    const document = parse('{ a ...F } fragment F on Query { b @include(if: true) }');
    expect(labelDefers(document)).toBe(document);
  });

  test('gives each fragment a label of its own, which tells the client\'s', () => {
    expect(labelled('{ ... @defer { a } ... @defer(label: "x") { b ... @defer(label: "x", if: $v) { c } } }')).toBe(
      '{ ... @defer(label: "1") { a } ... @defer(label: "2:x") { b ... @defer(label: "3:x", if: $v) { c } } }',
    );
    expect(['1', '2:x', '3:', '4:a:b'].map(clientLabel)).toEqual([undefined, 'x', '', 'a:b']);
  });

  test('takes out what is not deferred, and a condition that is always true', () => {
    expect(labelled('{ ... @defer(if: false) @skip(if: $s) { a } ...F @defer(if: false) ... @defer(if: true) { c } } fragment F on Query { b }')).toBe(
      '{ ... @skip(if: $s) { a } ...F ... @defer(label: "1") { c } } fragment F on Query { b }',
    );
    expect(needsApollo(labelDefers(parse('{ ... @defer(if: false) { a } }')))).toBe(false);
  });

  test('tells the places of a fragment apart that defers something inside', () => {
    const text = '{ a { ...F } b { ...F @defer(label: "b") } c { ...G } } fragment F on T { x ... @defer { y ...G } } fragment G on T { z ...H } fragment H on T { w } fragment Unused on T { ... @defer { q } }';
    expect(labelled(text)).toBe(
      flat(`{
        a { ... on T { x ... @defer(label: "1") { y ...G } } }
        b { ... on T @defer(label: "2:b") { x ... @defer(label: "3") { y ...G } } }
        c { ...G }
      } fragment G on T { z ...H } fragment H on T { w }`),
    );
  });

  test('defers nothing of a subscription, and no root field of a mutation', () => {
    expect(labelled('subscription { a { ... @defer { b } } }')).toBe('subscription { a { ... { b } } }');
    expect(labelled('mutation { ... @defer { a { ... @defer { b } } } ...F @defer } fragment F on Mutation { c { d } }')).toBe(
      'mutation { ... { a { ... @defer(label: "1") { b } } } ...F } fragment F on Mutation { c { d } }',
    );
  });

  test('refuses a label in a variable, and more fragments than an answer has use for', () => {
    expect(() => labelDefers(parse('query ($l: String) { ... @defer(label: $l) { a } }'))).toThrow('must stand in the operation');
    const doubling = Array.from({ length: 12 }, (_, i) => `fragment F${i} on Query { a { ...F${i + 1} } b { ...F${i + 1} } }`).join(' ');
    expect(() => labelDefers(parse(`{ ...F0 } ${doubling} fragment F12 on Query { ... @defer { c } }`))).toThrow(expect.objectContaining({ code: 'QUERY_TOO_EXPENSIVE' }));
  });
});

test('a plan is incremental where it defers, also below conditions', () => {
  const defer: PlanNode = { kind: 'defer', primary: { subselection: null, node: null }, deferred: [] };
  const plan = (root: PlanNode | null) => isIncremental({ planner: 'apollo', root });
  expect(plan(defer)).toBe(true);
  expect(plan({ kind: 'condition', variable: 'v', ifTrue: null, ifFalse: { kind: 'condition', variable: 'w', ifTrue: defer, ifFalse: null } })).toBe(true);
  expect(plan({ kind: 'condition', variable: 'v', ifTrue: null, ifFalse: null })).toBe(false);
  expect(plan(null)).toBe(false);
});

describe('fragments that double', () => {
  const bomb = (levels: number) =>
    `{ ...F0 } ${Array.from({ length: levels }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ... on Query { ...F${i + 1} } }`).join(' ')} fragment F${levels} on Query { stores { id } }`;

  test('are refused before they are written out, in no time', () => {
    for (const levels of [16, 30, 1_000]) expect(() => prune({ text: bomb(levels) })).toThrow(expect.objectContaining({ code: 'QUERY_TOO_EXPENSIVE' }));
    expect(prune({ text: bomb(8) })).toBe(bomb(8));
  });

  test('reach no planner', async () => {
    const supergraph = readSupergraph(readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8'));
    const hive = await createPlanner({ kind: 'hive', supergraph, log: silentLogger });
    await expect(hive.plan({ text: bomb(40) })).rejects.toMatchObject({ code: 'QUERY_TOO_EXPENSIVE' });
    await hive.close();
  });

  test('of a circle end, though validation was not asked', () => {
    expect(prune({ text: '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A stores { id } }' })).toContain('stores');
  });
});
