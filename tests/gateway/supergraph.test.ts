// Supergraphs with rules on their fields: read into tables, and cleaned for whoever plans and executes.
import { readFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { ApolloGateway, LocalGraphQLDataSource } from '@apollo/gateway';
import { QueryPlanner } from '@graphql-hive/router-query-planner';
import { buildSchema, parse, printSchema } from 'graphql';
import { describe, expect, test } from 'vitest';
import { readSupergraph } from '../../gateway/supergraph/index.ts';
import { silenceVendors } from '../../lib/config/vendor.ts';
import { PonteError } from '../../lib/errors.ts';

silenceVendors();

const ERP = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@requiresScopes", "@composeDirective", "@cost", "@listSize", "@inaccessible"])
    @link(url: "https://specs.apollo.dev/cacheControl/v0.1", import: ["@cacheControl"])
    @composeDirective(name: "@cacheControl")
  enum CacheControlScope { PUBLIC PRIVATE }
  directive @cacheControl(maxAge: Int, scope: CacheControlScope, inheritMaxAge: Boolean) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
  type Query {
    sale: Sale @authenticated
    sales(first: Int, search: String @cost(weight: 3)): [Sale!] @listSize(slicingArguments: ["first"], assumedSize: 50, requireOneSlicingArgument: false) @requiresScopes(scopes: [["erp:read"]])
    secret: Int @inaccessible
  }
  scalar Money @authenticated
  enum Outcome @requiresScopes(scopes: [["erp:read"]]) { OPEN DONE }
  interface Record { id: ID! }
  type Sale implements Record @key(fields: "id") @cacheControl(maxAge: 60) @cost(weight: 5) {
    id: ID!
    total: Money @authenticated
    outcome: Outcome
    metadata: String @authenticated @requiresScopes(scopes: [["admin"], ["erp:read", "erp:write"]]) @cacheControl(maxAge: 5, scope: PRIVATE)
  }`;
const CRM = (extra = '') => `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes", "@policy"])
  type Sale @key(fields: "id") @requiresScopes(scopes: [["crm:read"]]) { id: ID! deal: String ${extra} }`;

function compose(subgraphs: Readonly<Record<string, string>>): string {
  const { supergraphSdl, errors } = composeServices(Object.entries(subgraphs).map(([name, sdl]) => ({ name, url: `http://${name}.test`, typeDefs: parse(sdl) })));
  if (supergraphSdl === undefined) throw new Error(errors?.map(String).join('\n'));
  return supergraphSdl;
}

const raw = compose({ erp: ERP, crm: CRM() });

/** Loads Apollo's gateway as it is served; subgraphs are not asked anything. */
async function loadInApollo(supergraphSdl: string): Promise<void> {
  const quiet = { debug() {}, info() {}, warn() {}, error() {} };
  const gateway = new ApolloGateway({ supergraphSdl, logger: quiet, buildService: () => new LocalGraphQLDataSource(buildSchema('type Query { a: Int }')) });
  try {
    await gateway.load();
  } finally {
    await gateway.stop().catch(() => undefined);
  }
}

const refusalOf = (sdl: string): PonteError => {
  try {
    readSupergraph(sdl);
  } catch (error) {
    if (error instanceof PonteError) return error;
    throw error;
  }
  throw new Error('It was taken');
};

describe('a supergraph with rules', () => {
  const supergraph = readSupergraph(raw);

  test('asks for callers and scopes by coordinate, types included', () => {
    expect(Object.fromEntries(supergraph.requirements)).toEqual({
      'Query.sale': { authenticated: true, anyOf: [] },
      'Query.sales': { authenticated: false, anyOf: [['erp:read']] },
      Money: { authenticated: true, anyOf: [] },
      Outcome: { authenticated: false, anyOf: [['erp:read']] },
      // The composition asks of an interface what it asks of the types behind it.
      Record: { authenticated: false, anyOf: [['crm:read']] },
      Sale: { authenticated: false, anyOf: [['crm:read']] },
      'Sale.total': { authenticated: true, anyOf: [] },
      'Sale.metadata': { authenticated: true, anyOf: [['admin'], ['erp:read', 'erp:write']] },
    });
  });

  test('says how long answers may be kept, and what fields cost', () => {
    expect(Object.fromEntries(supergraph.cacheHints)).toEqual({ Sale: { maxAge: 60 }, 'Sale.metadata': { maxAge: 5, scope: 'PRIVATE' } });
    expect(Object.fromEntries(supergraph.costs)).toEqual({ Sale: { weight: 5 }, 'Query.sales(search:)': { weight: 3 } });
    expect(Object.fromEntries(supergraph.listSizes)).toEqual({ 'Query.sales': { slicingArguments: ['first'], assumedSize: 50, requireOneSlicingArgument: false } });
  });

  test('is refused by the gateway of Apollo as it is, and loaded as its copy', async () => {
    await expect(loadInApollo(raw)).rejects.toThrow(/requiresScopes\/v0.1 is for: SECURITY but is unsupported/);
    await loadInApollo(supergraph.sdl);
  });

  test('is planned by the planner of Hive as its copy', () => {
    expect(JSON.stringify(new QueryPlanner(supergraph.sdl).plan('{ sale { metadata deal } }', undefined, new Set(), 100))).toContain('crm');
  });

  test('shows clients neither rules nor what is inaccessible, and lets them defer', () => {
    const shown = printSchema(supergraph.apiSchema);
    expect(shown).not.toMatch(/requiresScopes|authenticated|cacheControl|CacheControlScope|listSize|@cost|secret/);
    expect(shown).toContain('directive @defer(label: String, if: Boolean! = true) on FRAGMENT_SPREAD | INLINE_FRAGMENT');
    expect(supergraph.subgraphs).toEqual(['crm', 'erp']);
  });

  test('keeps nothing of the rules in its copy', () => {
    expect(supergraph.sdl).not.toMatch(/requiresScopes|authenticated|cacheControl|CacheControlScope|listSize|@cost/);
    expect(readSupergraph(supergraph.sdl).requirements.size).toBe(0);
    expect(supergraph.sdl).toMatch(/@inaccessible/);
  });
});

describe('names', () => {
  test('of the rules may be others, by import or by link', () => {
    const renamed = raw
      .replace('"https://specs.apollo.dev/requiresScopes/v0.1", for', '"https://specs.apollo.dev/requiresScopes/v0.1", as: "guard", for')
      .replaceAll('requiresScopes__Scope', 'guard__Scope')
      .replaceAll('@requiresScopes(', '@guard(')
      .replace('"https://specs.apollo.dev/authenticated/v0.1", for', '"https://specs.apollo.dev/authenticated/v0.1", import: [{ name: "@authenticated", as: "@signedIn" }], for')
      .replaceAll('@authenticated ', '@signedIn ')
      .replaceAll('@authenticated\n', '@signedIn\n');
    const { requirements, sdl } = readSupergraph(renamed);
    expect(Object.fromEntries(requirements)).toEqual(Object.fromEntries(readSupergraph(raw).requirements));
    expect(sdl).toBe(readSupergraph(raw).sdl);
  });

  test('the enum of cache scopes stays where a field returns it', () => {
    const shown = readSupergraph(compose({ erp: ERP.replace('secret: Int @inaccessible', 'how: CacheControlScope') }));
    expect(printSchema(shown.apiSchema)).toContain('enum CacheControlScope');
  });
});

describe('a supergraph that cannot be used', () => {
  test('asks for something else for the sake of security, which is named', () => {
    const error = refusalOf(compose({ erp: ERP, crm: CRM('@policy(policies: [["p"]])') }));
    expect(error.code).toBe('BAD_USER_INPUT');
    expect(error.message).toContain('https://specs.apollo.dev/policy/v0.1 for: SECURITY');
  });

  test.each([
    ['another version of a rule', raw.replace('requiresScopes/v0.1', 'requiresScopes/v0.9'), /requiresScopes\/v0\.9 for: SECURITY/],
    ['a rule that is defined and not linked', raw.replace(/ *@link\(url: "[^"]*requiresScopes[^\n]*\n/, ''), /@requiresScopes and does not link/],
    ['scopes that name none', raw.replace('scopes: [["crm:read"]]', 'scopes: []'), /scopes on (Sale|Record), and names none/],
    ['no GraphQL', 'type Query {', /Syntax Error/],
    ['no supergraph', 'type Query { a: Int }', /must be a core schema/],
    ['a type that is missing', raw.replace('deal: String', 'deal: Strin'), /Unknown type "?Strin/],
  ])('has %s', (_, sdl, message) => {
    expect(refusalOf(sdl).message).toMatch(message);
  });
});

test('the product\'s own supergraph is read, and its copy keeps every field', () => {
  const own = readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8');
  const { apiSchema, subgraphs } = readSupergraph(own);
  expect(subgraphs).toEqual(['gestao-click', 'insights', 'kommo', 'sync']);
  expect(Object.keys(apiSchema.getQueryType()!.getFields())).toContain('sales');
});
