// What goes wrong in a subgraph, told in the client's terms: partial data, and an error at every place that stays empty.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MOST_ERRORS } from '../../../gateway/execution/failures.ts';
import { deadlineExceeded, RequestContext } from '../../../gateway/request.ts';
import { unavailable } from '../../../gateway/sources/failure.ts';
import type { Answer } from '../../../lib/graphql/run.ts';
import { federate, type Call } from './federated.ts';
import { shop } from './shop.ts';

let graph: Awaited<ReturnType<typeof federate>>;
beforeAll(async () => {
  graph = await federate(shop());
});
afterAll(() => graph.close());

const failing = (service: string, reason: unknown = unavailable()) => (call: Call) => (call.service === service ? Promise.reject(reason as Error) : undefined);
const answering = (service: string, answer: Answer) => (call: Call) => (call.service === service ? Promise.resolve(answer) : undefined);
const at = (what: string, ...paths: string[]) => paths.map((path) => ({ path, what }));

describe('a fetch that fails', () => {
  test('leaves the rest of the data, and one error for each field of each object', async () => {
    const { data, errors } = await graph.ask('{ sales { id person { id email address { city } } } }', { instead: failing('people') });
    expect(data).toEqual({
      sales: [
        { id: 's1', person: { id: 'p1', email: null, address: null } },
        { id: 's2', person: { id: 'p2', email: null, address: null } },
        { id: 's3', person: { id: 'p1', email: null, address: null } },
        { id: 's4', person: null },
      ],
    });
    expect(errors).toEqual(
      at('SUBGRAPH_UNAVAILABLE', ...[0, 1, 2].flatMap((i) => [`sales.${i}.person.email`, `sales.${i}.person.address`])),
    );
  });

  test('at the root is told for each root field', async () => {
    const { data, errors } = await graph.ask('{ all: sales { id } people { id } }', { instead: failing('sales') });
    expect(data).toEqual({ all: null, people: [{ id: 'p1' }, { id: 'p2' }, { id: 'p3' }] });
    expect(errors).toEqual(at('SUBGRAPH_UNAVAILABLE', 'all'));
  });

  test('in a place that cannot be null has no second error', async () => {
    const { data, errors } = await graph.ask('{ sale { id } }', { instead: failing('sales') });
    expect(data).toBeNull();
    expect(errors).toEqual(at('SUBGRAPH_UNAVAILABLE', 'sale'));
  });

  test('is told where another fetch depends on it', async () => {
    const { data, errors, calls } = await graph.ask('{ sales { person { deals { title } } } }', { instead: failing('people') });
    expect(data).toEqual({ sales: [{ person: { deals: null } }, { person: { deals: null } }, { person: { deals: null } }, { person: null }] });
    expect(calls.map(({ service }) => service)).toEqual(['sales', 'people']);
    expect(errors.filter(({ path }) => path.endsWith('deals'))).toEqual(at('SUBGRAPH_UNAVAILABLE', 'sales.0.person.deals', 'sales.1.person.deals', 'sales.2.person.deals'));
  });

  test.each([
    { reason: new Error('connect ECONNREFUSED http://10.0.0.1:4001/graphql'), what: 'INTERNAL_SERVER_ERROR' },
    { reason: 'no error at all', what: 'INTERNAL_SERVER_ERROR' },
    { reason: unavailable(new Error('http://10.0.0.1:4001')), what: 'SUBGRAPH_UNAVAILABLE' },
  ])('tells neither address nor stack ($what)', async ({ reason, what }) => {
    const { text, errors } = await graph.ask('{ sales { person { email } } }', { instead: failing('people', reason) });
    expect(errors[0]).toEqual({ path: 'sales.0.person.email', what });
    expect(text).not.toMatch(/10\.0\.0\.1|at .*:\d+:\d+|no error at all/);
  });

  test.each([{ answer: {} }, { answer: { data: null } }, { answer: { data: [] } as never }, { answer: { data: null, errors: [] } }])('is one that answers $answer', async ({ answer }) => {
    const { data, errors } = await graph.ask('{ sales { person { email } } }', { instead: answering('people', answer) });
    expect(data).toMatchObject({ sales: [{ person: { email: null } }, { person: { email: null } }, { person: { email: null } }, { person: null }] });
    expect(errors.map(({ what }) => what)).toEqual(Array.from({ length: 3 }, () => 'SUBGRAPH_UNAVAILABLE'));
  });

  test('because the deadline has passed ends all that follow', async () => {
    const request = new RequestContext();
    const { data, errors, calls } = await graph.ask('{ sales { id person { deals { title } email } } }', {
      request,
      instead: ({ service }, { signal }) => {
        if (service !== 'people') return undefined;
        request.abort(deadlineExceeded(1_000));
        return Promise.reject(signal.reason as Error);
      },
    });
    expect(calls.map(({ service }) => service)).toEqual(['sales', 'people']);
    expect(data).toMatchObject({ sales: [{ id: 's1', person: { deals: null, email: null } }, {}, {}, {}] });
    expect(new Set(errors.map(({ what }) => what))).toEqual(new Set(['DEADLINE_EXCEEDED']));
    expect(errors.map(({ path }) => path)).toContain('sales.0.person.deals');
  });
});

describe('errors of a subgraph', () => {
  const people = [{ name: 'Ana', email: null }, { name: 'Bia', email: 'b' }];
  const told = (path: readonly (string | number)[] | undefined): Answer => ({
    data: { _entities: people },
    errors: [{ message: 'Not today', ...(path ? { path } : {}), locations: [{ line: 1, column: 2 }], extensions: { code: 'CONFLICT' } }],
  });

  test('stand at every object that the entity is', async () => {
    const { errors, answer } = await graph.ask('{ sales { person { name email } } }', { instead: answering('people', told(['_entities', 0, 'email'])) });
    expect(errors).toEqual(at('CONFLICT', 'sales.0.person.email', 'sales.2.person.email'));
    expect(answer.errors![0]).not.toHaveProperty('locations');
  });

  test('keep what is below the entity', async () => {
    const { errors } = await graph.ask('{ sales { person { name email address { city } } } }', { instead: answering('people', told(['_entities', 1, 'address', 'city'])) });
    expect(errors).toEqual(at('CONFLICT', 'sales.1.person.address.city'));
  });

  test('about a whole entity stand at its fields', async () => {
    const { errors } = await graph.ask('{ sales { person { id name email } } }', { instead: answering('people', told(['_entities', 1])) });
    expect(errors).toEqual(at('CONFLICT', 'sales.1.person.name', 'sales.1.person.email'));
  });

  test.each([{ path: undefined }, { path: ['_entities'] }, { path: ['_entities', 17] }, { path: ['elsewhere', 0] }])('that name no entity ($path) stand where the fetch does', async ({ path }) => {
    const { errors, data } = await graph.ask('{ sales { id person { name email } } }', { instead: answering('people', told(path)) });
    expect(errors).toEqual(at('CONFLICT', 'sales'));
    expect(data).toMatchObject({ sales: [{ id: 's1', person: { name: 'Ana' } }, {}, {}, {}] });
  });

  test.each([{ errors: [null] }, { errors: ['text'] }, { errors: [{ message: 7, path: 'a.b', extensions: 'x' }] }, { errors: [{}] }])('may be of no use at all: $errors', async ({ errors: sent }) => {
    const { errors, data } = await graph.ask('{ sales { id person { email } } }', { instead: answering('people', { data: { _entities: [{ email: 'a' }, null] }, errors: sent as never }) });
    expect(errors).toEqual(at('Something went wrong', 'sales'));
    expect(data).toMatchObject({ sales: [{ id: 's1', person: { email: 'a' } }, { person: { email: null } }, {}, {}] });
  });

  test('explain the nulls that follow from them', async () => {
    const { data, errors } = await graph.ask('{ sales { id person { name } } }', {
      instead: answering('people', { data: { _entities: [null, { name: 'Bia' }] }, errors: [{ message: 'No', path: ['_entities', 0], extensions: { code: 'CONFLICT' } }] }),
    });
    expect(data).toEqual({ sales: [{ id: 's1', person: null }, { id: 's2', person: { name: 'Bia' } }, { id: 's3', person: null }, { id: 's4', person: null }] });
    expect(errors).toEqual(at('CONFLICT', 'sales.0.person.name', 'sales.2.person.name'));
  });

  test('are told once each, and pass the formatter with the path of the client', async () => {
    const twice = { message: 'Same', path: ['_entities', 1, 'email'], extensions: { code: 'CONFLICT' } };
    const seen: unknown[] = [];
    const { errors } = await graph.ask('{ sales { person { name email } } }', {
      instead: answering('people', { data: { _entities: people }, errors: [twice, { ...twice }] }),
      formatError: (error) => {
        seen.push({ path: error.path, service: error.extensions?.['serviceName'] });
        return { message: error.message, path: error.path!, extensions: { code: 'CONFLICT' } };
      },
    });
    expect(errors).toEqual(at('CONFLICT', 'sales.1.person.email'));
    expect(seen).toContainEqual({ path: ['sales', 1, 'person', 'email'], service: 'people' });
  });

  test('of one fetch are not told without end', async () => {
    const sales = Array.from({ length: MOST_ERRORS + 500 }, (_, i) => ({ id: `s${i}`, person: { __typename: 'Person', id: `p${i}` } }));
    const { errors, answer } = await graph.ask('{ sales { id person { email } } }', {
      instead: ({ service }) => (service === 'sales' ? Promise.resolve({ data: { sales } }) : Promise.reject(unavailable())),
    });
    expect(errors).toHaveLength(MOST_ERRORS + 1);
    expect(answer.errors!.at(-1)).toMatchObject({ message: '500 more errors of this kind are not listed', extensions: { code: 'SUBGRAPH_UNAVAILABLE' } });
  });
});
