// Who may see what, as the checked-in supergraph says it: no way around a scope, and nothing non-null that a scope can hide.
import { readFileSync } from 'node:fs';
import { getNamedType, isNonNullType, isObjectType, type GraphQLObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { readSupergraph, type Requirement } from '../../gateway/supergraph/index.ts';
import { SCOPES } from '../../gateway/principal.ts';

const { apiSchema, requirements, cacheHints } = readSupergraph(readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8'));
const objects = Object.values(apiSchema.getTypeMap()).filter((type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'));
const fields = objects.flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field, coordinate: `${type.name}.${field.name}` })));
const ROOTS = ['Query', 'Mutation', 'Subscription'];

/** Scopes as a set of texts; `[]` where anybody known will do, undefined where nothing is asked. */
const scopesOf = (requirement: Requirement | undefined) => requirement?.anyOf.map((all) => all.join('+'));
/** True where whoever satisfies `given` satisfies `asked`. */
const implies = (given: Requirement | undefined, asked: Requirement | undefined): boolean => {
  if (asked === undefined) return true;
  if (given === undefined) return false;
  return asked.anyOf.length === 0 || (given.anyOf.length > 0 && given.anyOf.every((mine) => asked.anyOf.some((theirs) => theirs.every((scope) => mine.includes(scope)))));
};

describe('scopes', () => {
  test('only scopes that can be granted are asked for', () => {
    const asked = new Set([...requirements.values()].flatMap(({ anyOf }) => anyOf.flat()));
    expect([...asked].filter((scope) => !(SCOPES as readonly string[]).includes(scope))).toEqual([]);
    expect([...asked].toSorted()).toEqual(['admin', 'crm:read', 'erp:read', 'identity:read', 'sync:read', 'sync:write']);
  });

  test('every type of the graph asks for something, but the page info and the roots', () => {
    const open = objects.map(({ name }) => name).filter((name) => !requirements.has(name));
    expect(open.toSorted()).toEqual(['Mutation', 'PageInfo', 'Query', 'Subscription']);
  });

  test.each([
    [['Sale', 'SaleConnection', 'SaleEdge', 'SaleItem', 'Payment', 'Client', 'Salesperson', 'Product', 'Service', 'Quote', 'Store', 'ExtraField', 'LedgerAccount'], ['erp:read']],
    [['Contact', 'ContactConnection', 'Deal', 'DealContact', 'Company', 'CrmUser', 'Pipeline', 'Stage', 'CustomField', 'CustomFieldValues', 'CustomFieldValue', 'Tag', 'LossReason'], ['crm:read']],
    [['Wallet', 'Freshness', 'Quota', 'DeadLetter', 'RecordChange', 'SyncRunConnection'], ['sync:read']],
    [['SyncRun', 'SyncSchedule', 'SyncStream'], ['sync:read', 'sync:write']],
    [['StartSyncPayload', 'AutoImportPayload'], ['sync:write']],
    [['IdentityLink', 'IdentityLinkConnection', 'IdentitySummary'], ['identity:read']],
    [['ConnectionTest', 'ReplayPayload'], []],
  ])('%j: %j', (names, scopes) => {
    for (const name of names) expect(scopesOf(requirements.get(name)), name).toEqual(scopes);
  });

  test('what is asked at the roots', () => {
    const root = (name: string) => fields.filter(({ type }) => type.name === name).map(({ coordinate }) => coordinate);
    const reads = ['Query.wallets', 'Query.wallet', 'Query.syncRun', 'Query.syncRuns', 'Query.syncSchedules', 'Query.deadLetters'];
    for (const coordinate of [...reads, ...root('Subscription')]) expect(scopesOf(requirements.get(coordinate)), coordinate).toEqual(['sync:read']);
    for (const coordinate of root('Mutation')) expect(scopesOf(requirements.get(coordinate)), coordinate).toEqual(['sync:write']);
    const unasked = fields.filter(({ type, field, coordinate }) => ROOTS.includes(type.name) && !requirements.has(coordinate) && !requirements.has(getNamedType(field.type).name));
    expect(unasked.map(({ coordinate }) => coordinate)).toEqual([]);
  });

  test("the provider's own records are for admins, on every type", () => {
    const raw = fields.filter(({ field }) => field.name === 'metadata' || field.name === 'payload');
    expect(raw.length).toBeGreaterThan(20);
    for (const { coordinate } of raw) expect(scopesOf(requirements.get(coordinate)), coordinate).toEqual(['admin']);
  });

  test('the ways between people ask for the links, and both ends for their own', () => {
    const ways = ['Client.contact', 'Salesperson.contact', 'Salesperson.crmUser', 'Contact.client', 'Contact.clients', 'Contact.salesperson', 'CrmUser.salesperson'];
    for (const coordinate of ways) expect(scopesOf(requirements.get(coordinate)), coordinate).toEqual(['identity:read']);
  });

  test('a field that a scope can hide is nullable', () => {
    const hidden = fields.filter(({ type, field, coordinate }) => {
      const around = ROOTS.includes(type.name) ? undefined : requirements.get(type.name);
      return !implies(around, requirements.get(coordinate)) || !implies(around, requirements.get(getNamedType(field.type).name));
    });
    expect(hidden.length).toBeGreaterThan(60);
    expect(hidden.filter(({ field }) => isNonNullType(field.type)).map(({ coordinate }) => coordinate)).toEqual([]);
  });
});

describe('cache hints', () => {
  test('survive the composition, and are private, because wallets decide', () => {
    for (const name of ['Pipeline', 'Stage', 'CustomField', 'CustomFieldOption', 'LossReason', 'Tag', 'Store', 'SaleStatus', 'PaymentMethod', 'BankAccount', 'CostCenter', 'LedgerAccount', 'ExtraFieldDefinition'])
      expect(cacheHints.get(name), name).toEqual({ maxAge: 60, scope: 'PRIVATE' });
    expect(apiSchema.getDirective('cacheControl')).toBeFalsy();
  });
});
