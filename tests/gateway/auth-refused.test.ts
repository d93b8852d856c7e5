// Which fields a caller may not see, and what is left of the operation.
import { buildSchema, parse, print, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { ANONYMOUS, refusedFields, requirementKey, requirementsOf, streamRefusal, withoutRefused } from '../../gateway/auth/index.ts';
import type { Principal } from '../../gateway/principal.ts';
import type { Requirement } from '../../gateway/supergraph/index.ts';

const schema = buildSchema(`
  type Query { sale(id: ID): Sale sales(first: Int): [Sale!] node(id: ID): Node search(text: String): [Found!] contact: Contact me: Me secret(of: String): JSON }
  type Mutation { start(id: ID): Run }
  type Subscription { changed(id: ID): Run }
  scalar JSON
  interface Node { id: ID! metadata: JSON owner: Contact }
  type Sale implements Node { id: ID! number: String total: Float metadata: JSON owner: Contact items(first: Int): [Item!] }
  type Contact implements Node { id: ID! name: String metadata: JSON owner: Contact sale: Sale }
  type Deal implements Node { id: ID! metadata: JSON owner: Contact }
  type Item { name: String }
  type Run { id: ID! }
  type Me { name: String }
  union Found = Sale | Contact
`);
const asks = (...anyOf: string[][]): Requirement => ({ authenticated: false, anyOf });
const requirements = new Map<string, Requirement>([
  ['Sale', asks(['erp:read'])],
  ['Item', asks(['erp:read'])],
  ['Contact', asks(['crm:read'])],
  ['Sale.metadata', asks(['admin'])],
  ['Contact.metadata', asks(['admin'])],
  ['Contact.sale', asks(['identity:read'])],
  ['Mutation.start', asks(['sync:write'])],
  ['Subscription.changed', asks(['sync:read'], ['sync:write'])],
  ['Query.secret', asks(['erp:read', 'crm:read'])],
  ['Me', { authenticated: true, anyOf: [] }],
]);
const caller = (...scopes: string[]): Principal => ({ id: 'key:1', scopes: new Set(scopes), wallets: 'all' });

const squeeze = (text: string) => text.replace(/\s+/g, ' ').trim();
function see(text: string, principal: Principal) {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const refused = refusedFields(schema, document, requirements, principal);
  const left = withoutRefused(schema, document, refused);
  // A subscription whose root is refused is not opened at all.
  if (!streamRefusal(schema, document, refused)) expect(validate(schema, left).map(({ message }) => message)).toEqual([]);
  return { refused: [...refused.keys()].toSorted(), left: squeeze(print(left)) };
}

describe('refused fields', () => {
  test.each<[what: string, scopes: string[], text: string, refused: string[], left: string]>([
    ['nothing', ['erp:read'], '{ sale { id number } }', [], '{ sale { id number } }'],
    ['by field', ['erp:read'], '{ sale { id metadata } }', ['Sale.metadata'], '{ sale { id } }'],
    ['by field, under an alias', ['erp:read'], '{ sale { raw: metadata id } }', ['Sale.metadata'], '{ sale { id } }'],
    ['admin sees it', ['admin'], '{ sale { metadata } contact { sale { number } } }', [], '{ sale { metadata } contact { sale { number } } }'],
    ['what is left empty asks for its type', ['erp:read'], '{ sale { metadata } }', ['Sale.metadata'], '{ sale { __typename } }'],
    ['by the type that is returned', ['crm:read'], '{ sale { id } contact { name } }', ['Query.sale', 'Sale.id'], '{ contact { name } }'],
    ['nothing is left at all', [], '{ sale { id } }', ['Query.sale', 'Sale.id'], '{ __typename }'],
    ['deep inside', ['erp:read'], '{ sale { id owner { name } } }', ['Contact.name', 'Sale.owner'], '{ sale { id } }'],
    ['both: field and type', ['crm:read', 'erp:read'], '{ contact { name sale { id } } }', ['Contact.sale'], '{ contact { name } }'],
    ['all scopes of one set', ['erp:read'], '{ secret sale { id } }', ['Query.secret'], '{ sale { id } }'],
    ['all of them are held', ['erp:read', 'crm:read'], '{ secret }', [], '{ secret }'],
    ['an interface stays for the types that may be seen', ['erp:read', 'crm:read'], '{ node { id metadata } }', ['Contact.metadata', 'Sale.metadata'], '{ node { id ... on Deal { metadata } } }'],
    ['an interface whose types are protected', ['crm:read'], '{ node { __typename id } }', ['Sale.id'], '{ node { __typename ... on Contact { id } ... on Deal { id } } }'],
    ['members of a union', ['crm:read'], '{ search { ... on Sale { id } ... on Contact { name } } }', ['Sale.id'], '{ search { ... on Contact { name } } }'],
    ['no member of a union', [], '{ search { ... on Sale { id } ... on Contact { name } } }', ['Contact.name', 'Sale.id'], '{ search { __typename } }'],
    ['fragments', ['erp:read'], '{ sale { ...S } } fragment S on Sale { id metadata ...M } fragment M on Sale { metadata }', ['Sale.metadata'], '{ sale { ...S } } fragment S on Sale { id }'],
    ['a fragment of which nothing is left', ['erp:read'], '{ sale { ...M } } fragment M on Sale { metadata }', ['Sale.metadata'], '{ sale { __typename } }'],
    ['inline fragments keep their directives', ['erp:read'], 'query ($a: Boolean!) { sale { ... @include(if: $a) { id metadata } } }', ['Sale.metadata'], 'query ($a: Boolean!) { sale { ... @include(if: $a) { id } } }'],
    ['variables that nobody reads any more', ['erp:read'], 'query ($a: String, $n: Int) { secret(of: $a) sales(first: $n) { items(first: $n) { name } } }', ['Query.secret'], 'query ($n: Int) { sales(first: $n) { items(first: $n) { name } } }'],
    ['variables inside fragments stay', ['erp:read'], 'query ($a: String, $n: Int) { secret(of: $a) ...Q } fragment Q on Query { sales { ...I } } fragment I on Sale { items(first: $n) { name } }', ['Query.secret'], 'query ($n: Int) { ...Q } fragment Q on Query { sales { ...I } } fragment I on Sale { items(first: $n) { name } }'],
    ['a mutation', ['sync:read'], 'mutation ($id: ID) { start(id: $id) { id } }', ['Mutation.start'], 'mutation { __typename }'],
    ['one of two sets is enough', ['sync:write'], 'subscription { changed { id } }', [], 'subscription { changed { id } }'],
    ['a subscription', ['erp:read'], 'subscription { changed { id } }', ['Subscription.changed'], 'subscription { __typename }'],
    ['whoever is known', [], '{ me { name } }', [], '{ me { name } }'],
    ['introspection is not concerned', [], '{ __typename __schema { queryType { name } } }', [], '{ __typename __schema { queryType { name } } }'],
  ])('%s', (_what, scopes, text, refused, left) => expect(see(text, caller(...scopes))).toEqual({ refused, left }));

  test('what is told: which scope is needed, or that nobody is known', () => {
    const told = (text: string, principal: Principal) => Object.fromEntries(refusedFields(schema, parse(text), requirements, principal));
    expect(told('{ secret }', caller())).toEqual({ 'Query.secret': { code: 'FORBIDDEN', message: 'Query.secret needs the scope "erp:read" and "crm:read"' } });
    expect(told('subscription { changed { __typename } }', caller())).toEqual({ 'Subscription.changed': { code: 'FORBIDDEN', message: 'Subscription.changed needs the scope "sync:read", or "sync:write"' } });
    expect(told('{ me { __typename } }', ANONYMOUS)).toEqual({ 'Query.me': { code: 'UNAUTHENTICATED', message: 'Say who you are to see Query.me' } });
  });
});

test('a subscription is refused as a whole where its root is, wherever that stands', () => {
  const refusal = (text: string, ...scopes: string[]) => streamRefusal(schema, parse(text), refusedFields(schema, parse(text), requirements, caller(...scopes)))?.code;
  expect(refusal('subscription { changed { id } }')).toBe('FORBIDDEN');
  expect(refusal('subscription { ... on Subscription { ...C } } fragment C on Subscription { c: changed { id } }')).toBe('FORBIDDEN');
  expect(refusal('subscription { changed { id } }', 'sync:read')).toBeUndefined();
  expect(refusal('{ sale { id } }')).toBeUndefined();
});

describe('requirements of an operation', () => {
  const of = (text: string) => requirementsOf(schema, parse(text), requirements);

  test('each once, in an order that does not depend on the text', () => {
    expect(of('{ sale { id items { name } metadata } }')).toEqual([asks(['admin']), asks(['erp:read'])]);
    expect(of('{ a: sale { metadata } sales { items { name } } }')).toEqual(of('{ sale { id metadata } }'));
    expect(of('{ __typename }')).toEqual([]);
  });

  test('callers who meet the same share a key, whatever else they hold', () => {
    const touched = of('{ sale { id metadata } contact { name } }');
    expect(touched).toHaveLength(3);
    expect(requirementKey(touched, caller('erp:read'))).toBe(requirementKey(touched, caller('erp:read', 'sync:read')));
    expect(new Set([caller(), caller('erp:read'), caller('crm:read'), caller('erp:read', 'crm:read'), caller('admin')].map((principal) => requirementKey(touched, principal))).size).toBe(5);
    const key = requirementKey(touched, caller('crm:read'));
    expect(key).toMatch(/^[01]{3}$/);
    expect(requirementKey(of('{ me { name } }'), ANONYMOUS)).toBe('0');
  });
});
