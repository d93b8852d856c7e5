// `@defer`: what is fast comes first, the rest as soon as it is there, in the payloads that Apollo Client reads.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deadlineExceeded } from '../../gateway/request.ts';
import { readByApolloClient, Stage, type Fetched, type Name, type Payload } from './defer-stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open();
});
beforeEach(() => {
  stage.hold = () => undefined;
  stage.down.clear();
  stage.fetched.length = 0;
});
afterAll(() => stage.close());

/** Holds fetches back until `release` is called, and tells when one has come. */
function held(isHeld: (fetch: Fetched) => boolean) {
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  let come!: () => void;
  const arrived = new Promise<void>((resolve) => (come = resolve));
  stage.hold = (fetch) => {
    if (!isHeld(fetch)) return undefined;
    come();
    return released;
  };
  return { release, arrived };
}

const services = (): Name[] => stage.fetched.map(({ service }) => service);
const incremental = (payloads: readonly Payload[]) => payloads.flatMap((payload) => payload.incremental ?? []);
const parsed = async (next: Promise<IteratorResult<{ readonly text: string }, void>>): Promise<Payload> => {
  const { done, value } = await next;
  if (done) throw new Error('It is over');
  return JSON.parse(value.text) as Payload;
};

const SAME: Readonly<Record<string, readonly [text: string, variables?: Readonly<Record<string, unknown>>]>> = {
  'entities of a list': ['{ products { id name ... @defer(label: "who") { maker { name country } } } }'],
  'fields of the same subgraph': ['{ products { id ... @defer { price size { width depth } } } }'],
  'root fields': ['{ products { id } ... @defer(label: "news") { news box { label } } }'],
  'fragments inside fragments': ['{ product(id: "p1") { id ... @defer(label: "a") { reviews { text author { id ... @defer(label: "b") { name } } } } } }'],
  'a fragment directly in another': ['{ product(id: "p1") { id ... @defer(label: "a") { name ... @defer(label: "b") { stars ... @defer(label: "c") { maker { name } } } } } }'],
  'the same fragment in two places': ['{ a: product(id: "p1") { id ...F @defer(label: "x") } b: product(id: "p3") { ...F @defer(label: "y") similar { ...F } } } fragment F on Product { name ... @defer { stars maker { name } } }'],
  'two fragments without labels on one object': ['{ product(id: "p1") { ... @defer { name } ... @defer { maker { name } } ... @defer { stars } } }'],
  'types of a union': ['{ things { __typename ... on Maker @defer(label: "maker") { name } ... on Product @defer(label: "product") { name stars } } }'],
  'fields that came before': ['{ product(id: "p1") { id name maker { id } ... @defer { id name maker { id name } } } }'],
  'aliases that are names of objects': ['{ constructor: products { __proto__: id ... @defer { toString: name maker { hasOwnProperty: name } } } }'],
  'a variable that says yes': ['query ($d: Boolean!) { product(id: "p1") { id ... @defer(if: $d) { maker { name } } } }', { d: true }],
  'a variable that says no': ['query ($d: Boolean!) { product(id: "p1") { id ... @defer(if: $d) { maker { name } } } }', { d: false }],
  'a variable with a default': ['query ($d: Boolean! = true) { product(id: "p1") { id ... @defer(if: $d) { maker { name } } } }'],
  'two variables': ['query ($a: Boolean!, $b: Boolean!) { product(id: "p1") { id ... @defer(if: $a) { stars } ... @defer(if: $b) { maker { name } } } }', { a: false, b: true }],
  'conditions beside it': ['query ($y: Boolean!, $n: Boolean!) { product(id: "p1") { id ... @defer @include(if: $y) { stars } ... @defer @skip(if: $y) { price } maker @include(if: $n) { id ... @defer { name } } } }', { y: true, n: false }],
  'a condition that leaves the fetch out': ['query ($n: Boolean!) { product(id: "p1") { id maker @include(if: $n) { name } ... @defer { stars maker { id } } } }', { n: false }],
  'an object that is not there': ['{ product(id: "none") { id ... @defer { name } } }'],
  'the schema itself': ['{ product(id: "p1") { id } ... @defer { __typename __type(name: "Box") { name } stars: news } }'],
  'a mutation': ['mutation { rename(id: "p1", name: "New") { name ... @defer { stars } } }'],
};

describe('read by Apollo Client', () => {
  test.each(Object.entries(SAME))('it ends as the same operation without it: %s', async (_, [text, variables = {}]) => {
    const payloads = await stage.payloads(text, { variables });
    expect(readByApolloClient(text, payloads)).toEqual(await stage.whole(text, { variables }));
    expect(payloads.map(({ hasNext }) => hasNext)).toEqual(payloads.map((__, i) => i < payloads.length - 1));
  });

  test.each(['"] ! {', 'é 日本', 'qp__0', '0:x', ''])('a label comes back as it was given: %j', async (label) => {
    const payloads = await stage.payloads(`{ product(id: "p1") { id ... @defer(label: ${JSON.stringify(label)}) { stars } } }`);
    expect(incremental(payloads)).toEqual([{ label, path: ['product'], data: { stars: 3 } }]);
  });
});

describe('parts', () => {
  test('come in their form: data first, then one payload for each object, with its place', async () => {
    const payloads = await stage.payloads('{ products { id ... @defer(label: "stars") { stars } } }');
    expect(payloads).toEqual([
      { data: { products: [{ id: 'p1' }, { id: 'p2' }, { id: 'p3' }] }, hasNext: true },
      {
        incremental: [0, 1, 2].map((i) => ({ label: 'stars', path: ['products', i], data: { stars: 3 } })),
        hasNext: false,
      },
    ]);
  });

  test('do not wait for those that are slow', async () => {
    const slow = held(({ service }) => service === 'makers');
    const { parts } = await stage.begin('{ product(id: "p1") { id ... @defer(label: "slow") { maker { name } } ... @defer(label: "fast") { stars } } }');
    expect(await parsed(parts.next())).toEqual({ data: { product: { id: 'p1' } }, hasNext: true });
    expect(await parsed(parts.next())).toEqual({ incremental: [{ label: 'fast', path: ['product'], data: { stars: 3 } }], hasNext: true });
    slow.release();
    expect(await parsed(parts.next())).toEqual({ incremental: [{ label: 'slow', path: ['product'], data: { maker: { name: 'Maker m1' } } }], hasNext: false });
    expect(await parts.next()).toEqual({ done: true, value: undefined });
  });

  test('begin when the fetches that they need are over, not when the first part is', async () => {
    const slow = held(({ service, operation }) => service === 'makers' && operation.includes('country'));
    const { parts } = await stage.begin('{ product(id: "p1") { id maker { country } ... @defer { reviews { text } } } }');
    const first = parts.next();
    await slow.arrived;
    await expect.poll(() => services().includes('reviews')).toBe(true);
    slow.release();
    expect(await parsed(first)).toEqual({ data: { product: { id: 'p1', maker: { country: 'BR' } } }, hasNext: true });
    expect(await parsed(parts.next())).toMatchObject({ incremental: [{ data: { reviews: [{ text: 'About p1' }] } }], hasNext: false });
  });

  test('that came together while nobody read are one payload', async () => {
    const { parts } = await stage.begin('{ product(id: "p1") { id ... @defer(label: "a") { stars } ... @defer(label: "b") { maker { name } } } }');
    await parts.next();
    await expect.poll(() => services().filter((service) => service !== 'catalog').length).toBe(2);
    await new Promise<void>((resolve) => setImmediate(resolve));
    const payload = await parsed(parts.next());
    expect(payload.incremental?.map(({ label }) => label).sort()).toEqual(['a', 'b']);
    expect(payload.hasNext).toBe(false);
  });

  test('inside others come after them', async () => {
    const slow = held(({ service, operation }) => service === 'reviews' && operation.includes('stars'));
    const { parts } = await stage.begin('{ product(id: "p1") { id ... @defer(label: "out") { stars maker { id ... @defer(label: "in") { name } } } } }');
    await parts.next();
    const second = parts.next();
    await slow.arrived;
    slow.release();
    expect((await parsed(second)).incremental).toEqual([{ label: 'out', path: ['product'], data: { stars: 3, maker: { id: 'm1' } } }]);
    expect((await parsed(parts.next())).incremental).toEqual([{ label: 'in', path: ['product', 'maker'], data: { name: 'Maker m1' } }]);
  });

  test('are fetched once, however many fragments name them', async () => {
    await stage.payloads('{ products { id ... @defer { stars } } }');
    expect(services()).toEqual(['catalog', 'reviews']);
  });

  test('are none where a literal says so', async () => {
    const text = '{ product(id: "p1") { id ... @defer(if: false) { stars } } }';
    expect((await stage.begin(text)).isIncremental).toBe(false);
    expect(await stage.payloads(text)).toEqual([{ data: { product: { id: 'p1', stars: 3 } }, hasNext: false }]);
  });

  test('of the root of a mutation come at once, in their order', async () => {
    const payloads = await stage.payloads('mutation { a: rename(id: "p1", name: "A") { name } ... @defer { b: rename(id: "p2", name: "B") { name } } }');
    expect(payloads).toEqual([{ data: { a: { name: 'A' }, b: { name: 'B' } }, hasNext: false }]);
  });
});

describe('errors', () => {
  test('inside a fragment belong to the payload of their object', async () => {
    const payloads = await stage.payloads('{ products { id ... @defer(label: "x") { maker { country } } } }');
    expect(payloads[0]).not.toHaveProperty('errors');
    expect(incremental(payloads)).toEqual([
      { label: 'x', path: ['products', 0], data: { maker: { country: 'BR' } } },
      { label: 'x', path: ['products', 1], data: { maker: { country: null } }, errors: [expect.objectContaining({ message: 'No country', path: ['products', 1, 'maker', 'country'] })] },
      { label: 'x', path: ['products', 2], data: { maker: null } },
    ]);
  });

  test('that empty a non-null field empty the fragment, and nothing around it', async () => {
    const payloads = await stage.payloads('{ products { id ... @defer { score } } }');
    expect(payloads[0]!.data).toEqual({ products: [{ id: 'p1' }, { id: 'p2' }, { id: 'p3' }] });
    expect(incremental(payloads)).toEqual([
      { path: ['products', 0], data: { score: 4 } },
      { path: ['products', 1], data: null, errors: [expect.objectContaining({ message: 'No score', path: ['products', 1, 'score'] })] },
      { path: ['products', 2], data: { score: 4 } },
    ]);
    const read = readByApolloClient('{ products { id ... @defer { score } } }', payloads);
    expect(read).toMatchObject({ data: { products: [{ id: 'p1', score: 4 }, { id: 'p2' }, { id: 'p3', score: 4 }] }, errors: [{ message: 'No score' }] });
  });

  test('of a fetch that failed are told at each place that stays empty', async () => {
    stage.down.add('makers');
    const payloads = await stage.payloads('{ products { id ... @defer { maker { name } } } }');
    expect(payloads[0]).toEqual({ data: { products: [{ id: 'p1' }, { id: 'p2' }, { id: 'p3' }] }, hasNext: true });
    for (const [i, { data, errors }] of incremental(payloads).entries()) {
      if (i === 2) expect([data, errors]).toEqual([{ maker: null }, undefined]);
      else expect([data, errors]).toEqual([{ maker: { name: null } }, [expect.objectContaining({ path: ['products', i, 'maker', 'name'], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } })]]);
    }
  });

  test('of the first part leave the others alone', async () => {
    stage.down.add('catalog');
    const [first, ...rest] = await stage.payloads('{ product(id: "p1") { id ... @defer { stars } } ... @defer { news } }');
    expect(first).toMatchObject({ data: { product: null }, errors: [{ path: ['product'], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }], hasNext: true });
    expect(rest).toEqual([{ incremental: [{ path: [], data: { news: ['new', 'newer'] } }], hasNext: false }]);
  });

  test('that leave nothing end the answer', async () => {
    stage.down.add('catalog');
    expect(await stage.payloads('{ products { id ... @defer { stars } } }')).toEqual([
      { data: null, errors: [expect.objectContaining({ path: ['products'], extensions: { code: 'SUBGRAPH_UNAVAILABLE' } })], hasNext: false },
    ]);
  });

  test('of a deferred field that came with the first part wait for their payload', async () => {
    const payloads = await stage.payloads('{ product(id: "p2") { id size { width ... @defer(label: "d") { height } } } }');
    // The subgraph itself answers null for the whole object, so the client must hear why.
    expect(payloads).toEqual([
      { data: { product: { id: 'p2', size: null } }, errors: [expect.objectContaining({ path: ['product', 'size', 'height'] })], hasNext: false },
    ]);
  });

  test('of a refused field stand at its place, and it is not fetched', async () => {
    const refused = new Map([['Product.stars', { code: 'FORBIDDEN', message: 'Needs a scope' } as const]]);
    const payloads = await stage.payloads('{ product(id: "p1") { id ... @defer { name stars } } }', { refused });
    expect(incremental(payloads)).toEqual([
      { path: ['product'], data: { name: 'Product p1', stars: null }, errors: [expect.objectContaining({ path: ['product', 'stars'], extensions: expect.objectContaining({ code: 'FORBIDDEN' }) })] },
    ]);
    expect(stage.fetched.filter(({ operation }) => operation.includes('stars'))).toEqual([]);
  });
});

test('an object that an overlapping fragment emptied gets nothing more, because no client could place it', async () => {
  const slow = held(({ service, operation }) => service === 'reviews' && operation.includes('stars'));
  const text = '{ product(id: "p1") { similar { id } } ... @defer(label: "empties") { product(id: "p1") { similar { id score } } } product(id: "p1") { similar { ... @defer(label: "late") { stars } } } }';
  const { parts } = await stage.begin(text);
  const first = await parsed(parts.next());
  expect(first).toEqual({ data: { product: { similar: [{ id: 'p2' }, { id: 'p3' }] } }, hasNext: true });
  const second = await parsed(parts.next());
  expect(second).toMatchObject({ incremental: [{ label: 'empties', data: { product: { similar: null } }, errors: [{ message: 'No score' }] }], hasNext: true });
  await slow.arrived;
  slow.release();
  const third = await parsed(parts.next());
  expect(third).toEqual({ hasNext: false });
  expect(readByApolloClient(text, [first, second, third]).data).toEqual({ product: { similar: null } });
});

describe('a client that leaves', () => {
  test('while nothing has come is heard at once, and nothing more is fetched', async () => {
    const slow = held(({ service }) => service === 'catalog');
    const { parts, request } = await stage.begin('{ product(id: "p1") { id ... @defer { stars } } }');
    const first = parts.next();
    await slow.arrived;
    await parts.return();
    expect(await first).toEqual({ done: true, value: undefined });
    expect(request.signal.aborted).toBe(true);
    slow.release();
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(services()).toEqual(['catalog']);
    expect(await parts.next()).toEqual({ done: true, value: undefined });
  });

  test('between two parts ends what is on its way', async () => {
    const slow = held(({ service }) => service === 'makers');
    const { parts, request } = await stage.begin('{ product(id: "p1") { id ... @defer { maker { name ... @defer { country } } } } }');
    for await (const part of parts) {
      expect(part.hasNext).toBe(true);
      await slow.arrived;
      break;
    }
    expect(request.signal.aborted).toBe(true);
    slow.release();
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(stage.fetched.filter(({ operation }) => operation.includes('country'))).toEqual([]);
  });

  test('after the end changes nothing', async () => {
    const { parts, request } = await stage.begin('{ product(id: "p1") { id ... @defer { stars } } }');
    for await (const part of parts) if (!part.hasNext) break;
    expect(request.signal.aborted).toBe(false);
  });
});

test('a deadline ends the parts that are missing with its error', async () => {
  const slow = held(({ service }) => service === 'makers');
  const { parts, request } = await stage.begin('{ product(id: "p1") { id ... @defer { maker { name } } } }');
  await parts.next();
  await slow.arrived;
  request.abort(deadlineExceeded(100));
  expect(await parsed(parts.next())).toEqual({
    incremental: [{ path: ['product'], data: { maker: { name: null } }, errors: [expect.objectContaining({ path: ['product', 'maker', 'name'], extensions: { code: 'DEADLINE_EXCEEDED' } })] }],
    hasNext: false,
  });
  slow.release();
});

/** Generated operations. */
const RUNS = 60;

type Type = 'Query' | 'Product' | 'Maker' | 'Review' | 'Size';
/** Fields for which a subgraph has an error, or a null in a non-null place. */
const FAILING: Partial<Record<Type, readonly [string][]>> = { Product: [['score']], Maker: [['rating'], ['country']], Size: [['height']] };

/** Selections on a type of the stage; `depth` bounds them. */
function selection(type: Type, depth: number, failing = false): fc.Arbitrary<string> {
  const below = (of: Type) => selection(of, depth - 1, failing);
  const fields: Readonly<Record<Type, readonly [string, Type?][]>> = {
    Query: [['products', 'Product'], ['a: product(id: "p1")', 'Product'], ['b: product(id: "p3")', 'Product'], ['news']],
    Product: [['id'], ['name'], ['price'], ['stars'], ['x: name'], ['maker', 'Maker'], ['similar', 'Product'], ['reviews', 'Review'], ['size', 'Size']],
    Maker: [['id'], ['name'], ['__typename']],
    Review: [['text'], ['author', 'Maker']],
    Size: [['width'], ['depth']],
  };
  const all = [...fields[type], ...((failing && FAILING[type]) || [])];
  const field = fc.constantFrom(...all.filter(([, of]) => of === undefined || depth > 0)).chain(([name, of]) => (of ? below(of).map((inner) => `${name} ${inner}`) : fc.constant(name)));
  const directive = fc.constantFrom('@defer', '@defer(label: "l")', '@defer(if: $yes)', '@defer(if: $no, label: "n")', '@defer @include(if: $yes)', '@defer @skip(if: $yes)', '@include(if: $yes)', '');
  const fragment = depth > 0 ? fc.tuple(directive, below(type)).map(([how, inner]) => `... on ${type} ${how} ${inner}`) : field;
  return fc.array(fc.oneof({ weight: 2, arbitrary: field }, { weight: 1, arbitrary: fragment }), { minLength: 1, maxLength: 4 }).map((parts) => `{ ${parts.join(' ')} }`);
}

function operation(set: string): string {
  const used = ['$yes: Boolean! = true', '$no: Boolean! = false'].filter((definition) => set.includes(definition.slice(0, 3)));
  return `query ${used.length > 0 ? `(${used.join(' ')})` : ''} ${set}`;
}

test('whatever is deferred, the client ends with the same data', async () => {
  let deferred = 0;
  const same = fc.asyncProperty(selection('Query', 4), async (set) => {
    const text = operation(set);
    const payloads = await stage.payloads(text);
    if (payloads.length > 1) deferred++;
    expect(readByApolloClient(text, payloads)).toEqual(await stage.whole(text));
  });
  await fc.assert(same, { numRuns: RUNS, seed: 20_220_824 });
  expect(deferred).toBeGreaterThan(RUNS / 5);
}, 120_000);

/** Fails where something of `whole` is missing in `parts`. More may be there: a null goes no further up than its fragment. */
function expectAll(whole: unknown, parts: unknown): void {
  if (typeof whole !== 'object' || whole === null) {
    if (whole !== null) expect(parts).toEqual(whole);
    return;
  }
  expect(parts).not.toBeNull();
  for (const [key, value] of Object.entries(whole)) expectAll(value, (parts as Record<string, unknown>)[key]);
}

test('whatever fails, no more is lost than without it, and never without a reason', async () => {
  const told = fc.asyncProperty(selection('Query', 4, true), async (set) => {
    const text = operation(set);
    const payloads = await stage.payloads(text);
    const whole = await stage.whole(text);
    expectAll(whole.data, readByApolloClient(text, payloads).data);
    for (const { data, errors } of [...payloads.slice(0, 1), ...incremental(payloads)]) if (data === null) expect(errors?.length).toBeGreaterThan(0);
  });
  await fc.assert(told, { numRuns: RUNS, seed: 20_220_824 });
}, 120_000);
