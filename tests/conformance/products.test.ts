// What the public compatibility suite asks of a subgraph, as far as it can be asked without the suite (npm run conformance:subgraph).
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveSubgraph, type ServedSubgraph } from '../../lib/graphql/serve.ts';
import { silentLogger } from '../../lib/log.ts';
import { createProducts } from '../../tools/conformance/products.ts';

const products = createProducts();
let served: ServedSubgraph;
beforeAll(async () => {
  served = await serveSubgraph(products, { port: 0, log: silentLogger });
});
afterAll(() => served.close({ timeoutMs: 100 }));

const ask = async (query: string, variables: object = {}, headers: Record<string, string> = {}) => {
  const response = await fetch(served.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify({ query, variables }) });
  return (await response.json()) as Record<string, unknown>;
};

describe('a subgraph of our toolkit', () => {
  test('names the federation version that it was told, and directives of its own', () => {
    expect(products.sdl).toContain('@link(url: "https://specs.apollo.dev/federation/v2.3"');
    expect(products.sdl).not.toContain('federation/v2.6');
    expect(products.sdl).toContain('@composeDirective(name: "@custom")');
    expect(products.sdl).toContain('directive @custom on OBJECT');
  });

  test('finds an entity by each of its keys, also where they come mixed and where nothing is found', async () => {
    const representations = [
      { __typename: 'Product', sku: 'studio', variation: { id: 'platform' } },
      { __typename: 'ProductResearch', study: { caseNumber: '1235' } },
      { __typename: 'Product', id: 'apollo-federation' },
      { __typename: 'Product', sku: 'federation', package: '@apollo/federation' },
      { __typename: 'Product', id: 'unknown' },
      { __typename: 'Inventory', id: 'apollo-oss' },
    ];
    const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      __typename ... on Product { id } ... on ProductResearch { study { description } } ... on Inventory { deprecatedProducts { reason } } } }`;
    expect(await ask(query, { representations })).toEqual({
      data: {
        _entities: [
          { __typename: 'Product', id: 'apollo-studio' },
          { __typename: 'ProductResearch', study: { description: 'Studio Study' } },
          { __typename: 'Product', id: 'apollo-federation' },
          { __typename: 'Product', id: 'apollo-federation' },
          null,
          { __typename: 'Inventory', deprecatedProducts: [{ reason: 'Migrate to Federation V2' }] },
        ],
      },
    });
  });

  test('computes from what it requires of others', async () => {
    const representations = [{ __typename: 'User', email: 'support@apollographql.com', totalProductsCreated: 40, yearsOfEmployment: 8 }];
    const query = 'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on User { averageProductsCreatedPerYear name } } }';
    expect(await ask(query, { representations })).toEqual({ data: { _entities: [{ averageProductsCreatedPerYear: 5, name: 'Jane Smith' }] } });
  });

  test('tells the trace of an operation to a router that asks for it, and to nobody else', async () => {
    expect(await ask('{ __typename }')).toEqual({ data: { __typename: 'Query' } });
    const traced = await ask('{ product(id: "apollo-studio") { sku } }', {}, { 'apollo-federation-include-trace': 'ftv1' });
    expect(traced).toEqual({ data: { product: { sku: 'studio' } }, extensions: { ftv1: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) } });
  });
});
