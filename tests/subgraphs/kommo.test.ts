// The CRM's subgraph: every operation, pages that lose nothing, filters by index, a fixed number of statements, wallets apart.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordId, walletId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import { createKommoSubgraph } from '../../subgraphs/kommo/index.ts';
import { asking, pick } from '../support/crm-graph.ts';
import { CRM, crmRows, type CrmRows } from '../support/crm-rows.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const OTHER = walletId('KOMMO', '2');
const id = (type: string, externalId: string, wallet = CRM) => recordId(wallet, type, externalId);
const instant = (n: number) => `2026-03-${String(n).padStart(2, '0')}T10:00:00.000Z`;

let db: TestDatabase;
let add: CrmRows;
let ask: ReturnType<typeof asking>;

interface DealValues { externalId: string; name?: string; price?: string; status?: string; closedAt?: string | null; updatedAt?: string; wallet?: string; contacts?: string[]; tags?: string[]; stage?: string }
async function addDeal({ externalId, name = `Pedido ${externalId}`, price = '100.00', status = 'OPEN', closedAt = null, updatedAt = instant(1), wallet = CRM, contacts = [], tags = [], stage = '10:1' }: DealValues) {
  const deal = await add.record('kommo.deal', 'deal', wallet, { external_id: externalId, name, price, status, pipeline_id: id('pipeline', '10', wallet),
    stage_id: id('stage', stage, wallet), responsible_id: id('crm-user', 'u1', wallet), company_id: id('company', 'c1', wallet), tags, closed_at: closedAt,
    source_created_at: updatedAt, source_updated_at: updatedAt, search_text: name.toLowerCase(), metadata: { id: Number(externalId), odd: 'ção' } } as { external_id: string });
  if (contacts.length > 0)
    await add.insert('kommo.deal_contact', contacts.map((contact, position) => ({ deal_id: deal, position, wallet_id: wallet, contact_id: contact, main: position === contacts.length - 1 })));
  return deal;
}
const value = (ownerId: string, position: number, field: string, more: object, ownerType = 'CONTACT') =>
  add.insert('kommo.custom_field_value', [{ owner_id: ownerId, position, wallet_id: CRM, owner_type: ownerType, field_id: id('custom-field', field), ...more }]);

let ana: string;
let bia: string;
beforeAll(async () => {
  db = await createTestDatabase();
  add = crmRows(db);
  ask = asking(createKommoSubgraph({ database: db, log: silentLogger }), db);
  for (const wallet of [CRM, OTHER]) {
    const mark = wallet === CRM ? '' : ' (other)';
    await add.user({ wallet, externalId: 'u1', name: `Rita Alves${mark}`, emails: ['rita@x.com'] });
    await add.record('kommo.pipeline', 'pipeline', wallet, { external_id: '10', name: `Vendas${mark}`, sort: 1, is_main: true, archived: false } as { external_id: string });
    for (const [stage, name, kind, sort] of [['10:1', 'Contato', 'OPEN', 20], ['10:142', 'Ganho', 'WON', 10000], ['10:0', 'Entrada', 'INCOMING', 10]] as const)
      await add.record('kommo.stage', 'stage', wallet, { external_id: stage, pipeline_id: id('pipeline', '10', wallet), name, kind, sort, color: '#fff' } as { external_id: string });
    await add.record('kommo.company', 'company', wallet, { external_id: 'c1', name: `Padaria${mark}`, phones: [], emails: [], tags: [], responsible_id: id('crm-user', 'u1', wallet) } as { external_id: string });
  }
  await add.record('kommo.pipeline', 'pipeline', CRM, { external_id: '11', name: 'Antigo', sort: 0, is_main: false, archived: true } as { external_id: string });
  await add.record('kommo.loss_reason', 'loss-reason', CRM, { external_id: '5', name: 'Preço', sort: 1 } as { external_id: string });
  await add.record('kommo.tag', 'tag', CRM, { external_id: '1', entity: 'CONTACT', name: 'vip', color: null } as { external_id: string });
  for (const [field, name, code, type, sort, entity] of [['f1', 'Origem', 'ORIGEM', 'SELECT', 2, 'CONTACT'], ['f2', 'Limite', null, 'NUMERIC', 1, 'CONTACT'],
    ['f3', 'Entrega', 'ENTREGA', 'DATE', 1, 'DEAL'], ['f4', 'Origem', 'ORIGEM', 'SELECT', 2, 'DEAL']] as const)
    await add.record('kommo.custom_field', 'custom-field', CRM, { external_id: field, entity, name, code, type, sort, predefined: false } as { external_id: string });
  for (const [field, option, text] of [['f1', '701', 'Instagram'], ['f1', '702', 'Feira'], ['f4', '801', 'Instagram']] as const)
    await add.insert('kommo.custom_field_option', [{ field_id: id('custom-field', field), external_id: option, id: id('option', `${field}:${option}`), wallet_id: CRM, value: text, sort: Number(option) }]);
  ana = await add.contact({ name: 'Ana Lima', externalId: '1', phones: ['+5511987650001'], emails: ['ana@x.com'] },
    { first_name: 'Ana', last_name: 'Lima', tags: ['vip'], company_id: id('company', 'c1'), responsible_id: id('crm-user', 'u1'), source_updated_at: instant(3) });
  bia = await add.contact({ name: 'Bia Souza', externalId: '2' }, { source_updated_at: instant(2) });
  await value(ana, 0, 'f1', { text: 'Instagram', option_id: id('option', 'f1:701') });
  await value(ana, 1, 'f2', { text: '12.5', number: '12.5' });
  await value(ana, 2, 'f1', { text: 'Feira', option_id: id('option', 'f1:702') });
  await value(bia, 0, 'f2', { text: '300', number: '300' });
  const big = await addDeal({ externalId: '100', price: '500.50', status: 'WON', closedAt: instant(5), updatedAt: instant(5), contacts: [bia, ana], tags: ['vip'], stage: '10:142' });
  await addDeal({ externalId: '101', price: '20.00', contacts: [ana], updatedAt: instant(2) });
  await addDeal({ externalId: '102', price: '20.00', status: 'LOST', closedAt: instant(4), updatedAt: instant(4), contacts: [ana, id('contact', 'not-here')] });
  for (const n of [103, 104, 105]) await addDeal({ externalId: String(n), price: '20.00', updatedAt: instant(1) });
  await value(big, 0, 'f3', { text: '2026-05-10', date: '2026-05-10T03:00:00Z' }, 'DEAL');
  await value(big, 1, 'f4', { text: 'Instagram', option_id: id('option', 'f4:801') }, 'DEAL');
  const stranger = await add.contact({ wallet: OTHER, name: 'Estranho', externalId: '1' });
  await addDeal({ externalId: '900', wallet: OTHER, contacts: [stranger] });
});
afterAll(() => db.drop());

const names = (list: { externalId: string }[]) => list.map(({ externalId }) => externalId);

describe('deals', () => {
  const DEALS = `query Deals($first: Int = 50, $after: String, $filter: DealFilter, $orderBy: DealOrder) {
    deals(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      totalCount pageInfo { hasNextPage endCursor }
      edges { node { id externalId name price status stage { id name kind sort } pipeline { id name } lossReason createdAt updatedAt closedAt tags
        responsible { id name email } company { name }
        customFields { field { id name code type } values { text number date option { id value } } }
        contacts { main contact { id name phones emails } } syncedAt } } } }`;

  test('a page with everything on it: list, count, custom fields, contacts', async () => {
    const answer = await ask(DEALS, { filter: { statuses: ['WON'] } });
    expect(pick(answer, 'deals.totalCount')).toBe(1);
    expect(pick(answer, 'deals.edges.0.node')).toEqual({
      id: id('deal', '100'), externalId: '100', name: 'Pedido 100', price: '500.50', status: 'WON',
      stage: { id: id('stage', '10:142'), name: 'Ganho', kind: 'WON', sort: 10000 }, pipeline: { id: id('pipeline', '10'), name: 'Vendas' },
      lossReason: null, createdAt: instant(5), updatedAt: instant(5), closedAt: instant(5), tags: ['vip'],
      responsible: { id: id('crm-user', 'u1'), name: 'Rita Alves', email: 'rita@x.com' }, company: { name: 'Padaria' },
      customFields: [
        { field: { id: id('custom-field', 'f3'), name: 'Entrega', code: 'ENTREGA', type: 'DATE' }, values: [{ text: '2026-05-10', number: null, date: '2026-05-10T03:00:00.000Z', option: null }] },
        { field: { id: id('custom-field', 'f4'), name: 'Origem', code: 'ORIGEM', type: 'SELECT' }, values: [{ text: 'Instagram', number: null, date: null, option: { id: id('option', 'f4:801'), value: 'Instagram' } }] },
      ],
      contacts: [
        { main: true, contact: { id: ana, name: 'Ana Lima', phones: ['+5511987650001'], emails: ['ana@x.com'] } },
        { main: false, contact: { id: bia, name: 'Bia Souza', phones: [], emails: [] } },
      ],
      syncedAt: '2026-11-01T00:00:00.000Z',
    });
    expect(answer.statements).toHaveLength(4);
  });

  test('takes as many statements for many as for one', async () => {
    const one = await ask(DEALS, { first: 1 });
    const many = await ask(DEALS, { first: 50 });
    expect(pick<unknown[]>(many, 'deals.edges')).toHaveLength(7);
    expect(many.statements.length).toBe(one.statements.length);
  });

  const filters: [string, object, string[]][] = [
    ['statuses', { statuses: ['WON', 'LOST'] }, ['100', '102']],
    ['empty lists restrict nothing', { statuses: ['WON'], pipelineIds: [], stageIds: [], responsibleIds: [], tags: [] }, ['100']],
    ['stage', { stageIds: [id('stage', '10:142')] }, ['100']],
    ['pipeline that has none', { pipelineIds: [id('pipeline', '11')] }, []],
    ['responsible, with an id that is none', { responsibleIds: ['nonsense'] }, []],
    ['price', { priceMin: '20.01', priceMax: '500.50' }, ['100']],
    ['updated, both ends included', { updatedFrom: instant(2), updatedTo: instant(4) }, ['102', '101']],
    ['created', { createdFrom: instant(5) }, ['100']],
    ['closed', { closedFrom: instant(4), closedTo: instant(4) }, ['102']],
    ['search', { search: 'PEDIDO 101' }, ['101']],
    ['search with signs of LIKE', { search: '1%1' }, []],
    ['tags', { tags: ['vip', 'none'] }, ['100']],
    ['custom field by code and text', { customFields: [{ code: 'ORIGEM', equals: 'Instagram' }] }, ['100']],
    ['custom field of contacts is none of deals', { customFields: [{ fieldId: id('custom-field', 'f1') }] }, []],
    ['custom field by day, in São Paulo', { customFields: [{ code: 'ENTREGA', from: '2026-05-10', to: '2026-05-10' }] }, ['100']],
    ['custom field by another day', { customFields: [{ code: 'ENTREGA', from: '2026-05-11' }] }, []],
    ['custom field by option', { customFields: [{ fieldId: id('custom-field', 'f4'), optionIds: [id('option', 'f4:801')] }] }, ['100']],
    ['two custom fields must both hold', { customFields: [{ code: 'ORIGEM', equals: 'Instagram' }, { code: 'ENTREGA', to: '2026-05-09' }] }, []],
  ];
  test.each(filters)('filter: %s', async (_title, filter, expected) => {
    const answer = await ask('query ($filter: DealFilter) { deals(filter: $filter) { totalCount nodes { externalId } } }', { filter }, [CRM]);
    expect(names(pick(answer, 'deals.nodes'))).toEqual(expected);
    expect(pick(answer, 'deals.totalCount')).toBe(expected.length);
  });

  test.each([['two kinds of bounds', { code: 'X', from: '1', to: '2026-01-01' }], ['no field', { equals: 'x' }], ['bounds that are nothing', { code: 'X', from: 'abc' }]])(
    'a custom field filter with %s is refused',
    async (_title, condition) => {
      const answer = await ask('query ($filter: DealFilter) { deals(filter: $filter) { totalCount } }', { filter: { customFields: [condition] } });
      expect(answer.errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
    },
  );

  const orders = (['UPDATED_AT', 'CREATED_AT', 'PRICE', 'CLOSED_AT'] as const).flatMap((field) => (['ASC', 'DESC'] as const).map((direction) => [field, direction] as const));
  test.each(orders)('pages by %s %s, over ties and missing values, give every row once', async (field, direction) => {
    const list = 'query ($after: String, $first: Int, $orderBy: DealOrder) { deals(first: $first, after: $after, orderBy: $orderBy) { pageInfo { hasNextPage endCursor } nodes { externalId closedAt } } }';
    const whole = names(pick(await ask(list, { first: 50, orderBy: { field, direction } }), 'deals.nodes'));
    const read: string[] = [];
    for (let after: string | null = null; ; ) {
      const page = await ask(list, { first: 2, after, orderBy: { field, direction } });
      read.push(...names(pick(page, 'deals.nodes')));
      after = pick<string>(page, 'deals.pageInfo.endCursor');
      if (!pick(page, 'deals.pageInfo.hasNextPage')) break;
    }
    expect(read).toEqual(whole);
    expect(new Set(read).size).toBe(7);
    if (field === 'CLOSED_AT') expect(read.slice(0, 2).toSorted()).toEqual(['100', '102']); // rows without a value last, either way
  });

  test('offset for callers with page numbers; too far is refused', async () => {
    const page = await ask('{ deals(first: 2, offset: 2, orderBy: { field: PRICE, direction: DESC }, filter: { priceMax: "20" }) { nodes { externalId } pageInfo { hasPreviousPage } } }', {}, [CRM]);
    expect(pick<unknown[]>(page, 'deals.nodes')).toHaveLength(2);
    expect(pick(page, 'deals.pageInfo.hasPreviousPage')).toBe(true);
    expect((await ask('{ deals(offset: 10001) { totalCount } }')).errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
    expect((await ask('{ deals(first: 201) { totalCount } }')).errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  });

  test('one by id, with the provider’s record; metadata is not read unless it is asked for', async () => {
    const answer = await ask('query ($id: ID!) { deal(id: $id) { name metadata stage { pipeline { name } } } }', { id: id('deal', '100') });
    expect(pick(answer, 'deal')).toEqual({ name: 'Pedido 100', metadata: { id: 100, odd: 'ção' }, stage: { pipeline: { name: 'Vendas' } } });
    const plain = await ask('{ deals { nodes { name } } }');
    expect(plain.statements.join()).not.toContain('metadata');
    expect(pick(await ask('{ deal(id: "nope") { name } }'), 'deal')).toBeNull();
  });
});

describe('contacts', () => {
  const CONTACTS = `query Contacts($first: Int = 20, $search: String) { contacts(first: $first, filter: { search: $search }) { totalCount edges { node {
    id externalId name firstName lastName phones emails tags customFields { field { name } values { text } } deals(first: 3) { totalCount } company { name } createdAt updatedAt syncedAt } } } }`;

  test('found by name, e-mail or telephone as they are typed', async () => {
    for (const search of ['lima', 'ANA@x.com', '(11) 98765-0001', '+55 11 98765-0001']) {
      const answer = await ask(CONTACTS, { search });
      expect([search, pick(answer, 'contacts.totalCount')]).toEqual([search, 1]);
    }
    expect(pick(await ask(CONTACTS, { search: 'lima' }), 'contacts.edges.0.node')).toMatchObject({
      externalId: '1', firstName: 'Ana', lastName: 'Lima', tags: ['vip'], company: { name: 'Padaria' }, deals: { totalCount: 3 },
      customFields: [{ field: { name: 'Limite' }, values: [{ text: '12.5' }] }, { field: { name: 'Origem' }, values: [{ text: 'Instagram' }, { text: 'Feira' }] }],
    });
  });

  test.each([
    ['tags', { tags: ['vip'] }, ['1']],
    ['number in a range', { customFields: [{ fieldId: id('custom-field', 'f2'), from: '100', to: '300' }] }, ['2']],
    ['number equal, written in another way', { customFields: [{ fieldId: id('custom-field', 'f2'), equals: '12.50' }] }, ['1']],
    ['any value', { customFields: [{ code: 'ORIGEM' }] }, ['1']],
    ['company', { companyIds: [id('company', 'c1')] }, ['1']],
    ['updated', { updatedTo: instant(2) }, ['2']],
  ])('filter: %s', async (_title, filter, expected) => {
    expect(names(pick(await ask('query ($filter: ContactFilter) { contacts(filter: $filter) { nodes { externalId } } }', { filter }, [CRM]), 'contacts.nodes'))).toEqual(expected);
  });

  test('by name, pages forth and back', async () => {
    const list = 'query ($first: Int, $after: String, $last: Int, $before: String) { contacts(first: $first, after: $after, last: $last, before: $before, orderBy: { field: NAME, direction: ASC }) { nodes { name } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }';
    const first = await ask(list, { first: 2 });
    expect(pick(first, 'contacts.nodes')).toEqual([{ name: 'Ana Lima' }, { name: 'Bia Souza' }]);
    const second = await ask(list, { first: 2, after: pick(first, 'contacts.pageInfo.endCursor') });
    expect(pick(second, 'contacts')).toMatchObject({ nodes: [{ name: 'Estranho' }], pageInfo: { hasNextPage: false, hasPreviousPage: true } });
    const back = await ask(list, { last: 1, before: pick(second, 'contacts.pageInfo.startCursor') });
    expect(pick(back, 'contacts.nodes')).toEqual([{ name: 'Bia Souza' }]);
  });

  test('as entities of the main query: three statements, however many', async () => {
    const ENTITIES = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Contact { id name phones emails
      customFields { field { id name code type } values { text number date option { id value } } }
      deals(first: 5) { totalCount edges { node { id name price status stage { id name } pipeline { id name } } } } } } }`;
    const representations = [ana, bia, id('contact', 'gone'), 'no id at all'].map((contact) => ({ __typename: 'Contact', id: contact }));
    const answer = await ask(ENTITIES, { representations });
    expect(answer.statements).toHaveLength(3);
    const [first, second, ...none] = pick<{ name: string; deals: { totalCount: number; edges: { node: { name: string; stage: { name: string } } }[] } }[]>(answer, '_entities');
    expect(none).toEqual([null, null]);
    expect(first).toMatchObject({ name: 'Ana Lima', deals: { totalCount: 3 } });
    expect(first?.deals.edges.map(({ node }) => [node.name, node.stage.name])).toEqual([['Pedido 100', 'Ganho'], ['Pedido 102', 'Contato'], ['Pedido 101', 'Contato']]);
    expect(second).toMatchObject({ name: 'Bia Souza', deals: { totalCount: 1 } });
    expect((await ask(ENTITIES, { representations: [{ __typename: 'Contact', id: ana }] })).statements).toHaveLength(3);
  });
});

test('what the account is set up with', async () => {
  const answer = await ask(`{
    pipelines { id name main archived stages { id name kind sort color } }
    customFields(entity: CONTACT) { id externalId entity name code type options { id value } predefined }
    crmUsers { name email active deals(first: 1) { totalCount } } tags(entity: CONTACT) { name } lossReasons { name }
    companies(search: "PADÁRIA") { totalCount nodes { name responsible { name } contacts { totalCount nodes { name } } } } }`, {}, [CRM]);
  expect(pick<{ name: string }[]>(answer, 'pipelines').map(({ name }) => name)).toEqual(['Vendas', 'Antigo']);
  expect(pick<{ name: string }[]>(answer, 'pipelines.0.stages').map(({ name }) => name)).toEqual(['Entrada', 'Contato', 'Ganho']);
  expect(pick(answer, 'customFields')).toMatchObject([{ name: 'Limite', options: [] }, { externalId: 'f1', entity: 'CONTACT', code: 'ORIGEM', options: [{ value: 'Instagram' }, { value: 'Feira' }] }]);
  expect(pick(answer, 'crmUsers')).toEqual([{ name: 'Rita Alves', email: 'rita@x.com', active: true, deals: { totalCount: 6 } }]);
  expect(pick(answer, 'tags')).toEqual([{ name: 'vip' }]);
  expect(pick(answer, 'lossReasons')).toEqual([{ name: 'Preço' }]);
  expect(pick(answer, 'companies')).toEqual({ totalCount: 1, nodes: [{ name: 'Padaria', responsible: { name: 'Rita Alves' }, contacts: { totalCount: 1, nodes: [{ name: 'Ana Lima' }] } }] });
});

describe('wallets are apart', () => {
  test('in lists, by id, as entities, and below what may be seen', async () => {
    const QUERY = `query ($representations: [_Any!]!, $deal: ID!) { deals { totalCount nodes { externalId } } contacts { totalCount } companies { totalCount }
      pipelines { name stages { name } } crmUsers { name } customFields { name } deal(id: $deal) { name }
      _entities(representations: $representations) { ... on Contact { name deals { totalCount } } } }`;
    const variables = { deal: id('deal', '100'), representations: [{ __typename: 'Contact', id: ana }] };
    const other = await ask(QUERY, variables, [OTHER]);
    expect(other.data).toEqual({ deals: { totalCount: 1, nodes: [{ externalId: '900' }] }, contacts: { totalCount: 1 }, companies: { totalCount: 1 },
      pipelines: [{ name: 'Vendas (other)', stages: [{ name: 'Entrada' }, { name: 'Contato' }, { name: 'Ganho' }] }], crmUsers: [{ name: 'Rita Alves (other)' }],
      customFields: [], deal: null, _entities: [null] });
    const none = await ask(QUERY, variables, []);
    expect(none.data).toEqual({ deals: { totalCount: 0, nodes: [] }, contacts: { totalCount: 0 }, companies: { totalCount: 0 }, pipelines: [], crmUsers: [], customFields: [], deal: null, _entities: [null] });
  });
});
