// The two graphs under fire: the small one of the tests, and the real one over an empty database.
import { REST_ROUTES } from '../../gateway/index.ts';
import type { Target } from './operations.ts';

const ROUTES = REST_ROUTES.map(({ method, path }) => [method, path] as const);

export const SMALL: Target = {
  cheap: 'wallets',
  valid: ['{ sales(first: 2) { id number contact { id name phones } } }', 'query Q($id: ID = "s1") { sale(id: $id) { id total } }', '{ contact(id: "c0") { name greeting(word: "Oi") } }', '{ politeFailure }', 'mutation { rename(id: "s1", number: "1") { number } }', '{ vanished { name } }'],
  literals: ['{ sale(id: %s) { id } }', '{ sales(first: %s) { id } }', '{ sales(totalMin: %s) { id } }', '{ contact(id: %s) { greeting(word: %s) } }', 'query($v: Int = %s) { sales(first: $v) { id } }'],
  variables: ['query($v: ID!) { sale(id: $v) { id } }', 'query($v: Int) { sales(first: $v) { id } }', 'query($v: Decimal) { sales(totalMin: $v) { id } }', 'query($v: String!) { contact(id: "c0") { greeting(word: $v) } }', 'query($v: ID!) { contact(id: $v) { name } }'],
  subscriptions: ['subscription { saleChanged { change sale { id contact { name } } } }', 'subscription($v: ID) { saleChanged(id: $v) { change } }'],
  // They run operations of the real graph: here, only what is wrong before that.
  routes: ROUTES,
};

const connection = (field: string, more: string) => `query($v: String) { ${field}(first: 2, after: $v${more}) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`;

export const REAL: Target = {
  cheap: '__typename',
  valid: [
    '{ sales(first: 2) { totalCount edges { node { id number client { name contact { name } } items { total } } } } }',
    '{ deals(first: 2, orderBy: { field: PRICE, direction: DESC }) { nodes { id name stage { name } contacts { contact { client { id } } } } } }',
    'query Q($id: ID = "00000000-0000-4000-8000-000000000000") { sale(id: $id) { id total metadata } syncRun(id: $id) { id } }',
    '{ wallets { id name status freshness { stream } lastRun { id } } pipelines { id stages { id } } }',
    '{ payments(filter: { statuses: [OVERDUE], dueFrom: "2026-01-01" }, last: 5) { edges { node { id status amount } } } }',
    'mutation { replayDeadLetters(ids: ["x"]) { replayed failed } }',
  ],
  literals: ['{ sale(id: %s) { id } }', '{ sales(first: %s) { totalCount } }', '{ sales(filter: %s) { nodes { id } } }', '{ payments(filter: { dueFrom: %s }) { nodes { id } } }', '{ sales(filter: { totalMin: %s }) { nodes { id } } }', '{ deals(filter: { search: %s }) { nodes { id } } }', '{ contacts(orderBy: %s) { nodes { id } } }', 'mutation { cancelSync(runId: %s) { id } }'],
  variables: [
    ...['sale', 'client', 'contact', 'deal', 'syncRun', 'wallet'].map((field) => `query($v: ID!) { ${field}(id: $v) { id } }`),
    ...['sales', 'clients', 'contacts', 'deals', 'payments', 'identityLinks'].map((field) => connection(field, '')),
    connection('sales', ', orderBy: { field: TOTAL, direction: ASC }'),
    connection('deals', ', orderBy: { field: CLOSED_AT, direction: DESC }'),
    'query($v: String) { sales(first: 2, before: $v) { nodes { id } } }',
    'query($v: SaleFilter) { sales(filter: $v) { totalCount } }',
    'query($v: String) { sales(filter: { search: $v }) { totalCount nodes { id } } }',
    'query($v: String) { deals(filter: { search: $v }) { totalCount } }',
    'query($v: [ID!]) { sales(filter: { clientIds: $v }) { totalCount } }',
    'query($v: [ID!]) { payments(filter: { clientIds: $v }) { totalCount } }',
    'query($v: Decimal) { sales(filter: { totalMin: $v }) { totalCount } }',
    'query($v: Date) { sales(filter: { dateFrom: $v }) { totalCount } }',
    'query($v: DateTime) { deals(filter: { updatedFrom: $v }) { totalCount } }',
    'query($v: Int) { sales(first: 1, offset: $v) { nodes { id } } }',
    'mutation($v: ID!) { cancelSync(runId: $v) { id } }',
    'mutation($v: [ID!]!) { replayDeadLetters(ids: $v) { replayed failed } }',
    'mutation($v: String!) { setSyncSchedule(input: { provider: KOMMO, cron: $v, timeZone: "UTC", mode: FULL, enabled: true }) { id } }',
  ],
  subscriptions: ['subscription { recordsChanged { type sale { id number } } }', 'subscription($v: [RecordType!]) { recordsChanged(types: $v) { at deal { id } } }'],
  routes: ROUTES,
};
