// The CRM’s subgraph but its deals: contacts, entities, what an account is set up with, wallets apart.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crmFixture, id, instant, names, OTHER, type CrmFixture } from '../support/crm-fixture.ts';
import { pick } from '../support/crm-graph.ts';
import { CRM } from '../support/crm-rows.ts';

let db: CrmFixture['db'];
let ask: CrmFixture['ask'];
let ana: string;
let bia: string;
beforeAll(async () => {
  ({ db, ask, ana, bia } = await crmFixture());
});
afterAll(() => db.drop());

describe('contacts', () => {
  const CONTACTS = `query Contacts($first: Int = 20, $search: String) { contacts(first: $first, filter: { search: $search }) { totalCount edges { node {
    id externalId name firstName lastName phones emails tags customFields { field { name } values { text } } deals(first: 3) { totalCount } company { name } createdAt updatedAt syncedAt } } } }`;

  test('found by name, e-mail or telephone as they are typed', async () => {
    for (const search of ['lima', 'ANA@x.com', '(11) 98765-0001', '+55 11 98765-0001']) {
      const answer = await ask(CONTACTS, { search });
      expect([search, pick(answer, 'contacts.totalCount')]).toEqual([search, 1]);
    }
    expect(pick(await ask(CONTACTS, { search: 'lima' }), 'contacts.edges.0.node')).toMatchObject({
      externalId: '1',
      firstName: 'Ana',
      lastName: 'Lima',
      tags: ['vip'],
      company: { name: 'Padaria' },
      deals: { totalCount: 3 },
      customFields: [
        { field: { name: 'Limite' }, values: [{ text: '12.5' }] },
        { field: { name: 'Origem' }, values: [{ text: 'Instagram' }, { text: 'Feira' }] },
      ],
    });
  });

  test.each([
    ['tags', { tags: ['vip'] }, ['1']],
    ['number in a range', { customFields: [{ fieldId: id('custom-field', 'f2'), from: '100', to: '300' }] }, ['2']],
    [
      'number equal, written in another way',
      { customFields: [{ fieldId: id('custom-field', 'f2'), equals: '12.50' }] },
      ['1'],
    ],
    ['any value', { customFields: [{ code: 'ORIGEM' }] }, ['1']],
    ['company', { companyIds: [id('company', 'c1')] }, ['1']],
    ['updated', { updatedTo: instant(2) }, ['2']],
  ])('filter: %s', async (_title, filter, expected) => {
    expect(
      names(
        pick(
          await ask(
            'query ($filter: ContactFilter) { contacts(filter: $filter) { nodes { externalId } } }',
            { filter },
            [CRM],
          ),
          'contacts.nodes',
        ),
      ),
    ).toEqual(expected);
  });

  test('by name, pages forth and back', async () => {
    const list =
      'query ($first: Int, $after: String, $last: Int, $before: String) { contacts(first: $first, after: $after, last: $last, before: $before, orderBy: { field: NAME, direction: ASC }) { nodes { name } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }';
    const first = await ask(list, { first: 2 });
    expect(pick(first, 'contacts.nodes')).toEqual([{ name: 'Ana Lima' }, { name: 'Bia Souza' }]);
    const second = await ask(list, { first: 2, after: pick(first, 'contacts.pageInfo.endCursor') });
    expect(pick(second, 'contacts')).toMatchObject({
      nodes: [{ name: 'Estranho' }],
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
    const back = await ask(list, { last: 1, before: pick(second, 'contacts.pageInfo.startCursor') });
    expect(pick(back, 'contacts.nodes')).toEqual([{ name: 'Bia Souza' }]);
  });

  test('as entities of the main query: three statements, however many', async () => {
    const ENTITIES = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Contact { id name phones emails
      customFields { field { id name code type } values { text number date option { id value } } }
      deals(first: 5) { totalCount edges { node { id name price status stage { id name } pipeline { id name } } } } } } }`;
    const representations = [ana, bia, id('contact', 'gone'), 'no id at all'].map((contact) => ({
      __typename: 'Contact',
      id: contact,
    }));
    const answer = await ask(ENTITIES, { representations });
    expect(answer.statements).toHaveLength(3);
    const [first, second, ...none] = pick<
      { name: string; deals: { totalCount: number; edges: { node: { name: string; stage: { name: string } } }[] } }[]
    >(answer, '_entities');
    expect(none).toEqual([null, null]);
    expect(first).toMatchObject({ name: 'Ana Lima', deals: { totalCount: 3 } });
    expect(first?.deals.edges.map(({ node }) => [node.name, node.stage.name])).toEqual([
      ['Pedido 100', 'Ganho'],
      ['Pedido 102', 'Contato'],
      ['Pedido 101', 'Contato'],
    ]);
    expect(second).toMatchObject({ name: 'Bia Souza', deals: { totalCount: 1 } });
    expect((await ask(ENTITIES, { representations: [{ __typename: 'Contact', id: ana }] })).statements).toHaveLength(3);
  });
});

test('what the account is set up with', async () => {
  const answer = await ask(
    `{
    pipelines { id name main archived stages { id name kind sort color } }
    customFields(entity: CONTACT) { id externalId entity name code type options { id value } predefined }
    crmUsers { name email active deals(first: 1) { totalCount } } tags(entity: CONTACT) { name } lossReasons { name }
    companies(search: "PADÁRIA") { totalCount nodes { name responsible { name } contacts { totalCount nodes { name } } } } }`,
    {},
    [CRM],
  );
  expect(pick<{ name: string }[]>(answer, 'pipelines').map(({ name }) => name)).toEqual(['Vendas', 'Antigo']);
  expect(pick<{ name: string }[]>(answer, 'pipelines.0.stages').map(({ name }) => name)).toEqual([
    'Entrada',
    'Contato',
    'Ganho',
  ]);
  expect(pick(answer, 'customFields')).toMatchObject([
    { name: 'Limite', options: [] },
    { externalId: 'f1', entity: 'CONTACT', code: 'ORIGEM', options: [{ value: 'Instagram' }, { value: 'Feira' }] },
  ]);
  expect(pick(answer, 'crmUsers')).toEqual([
    { name: 'Rita Alves', email: 'rita@x.com', active: true, deals: { totalCount: 6 } },
  ]);
  expect(pick(answer, 'tags')).toEqual([{ name: 'vip' }]);
  expect(pick(answer, 'lossReasons')).toEqual([{ name: 'Preço' }]);
  expect(pick(answer, 'companies')).toEqual({
    totalCount: 1,
    nodes: [
      {
        name: 'Padaria',
        responsible: { name: 'Rita Alves' },
        contacts: { totalCount: 1, nodes: [{ name: 'Ana Lima' }] },
      },
    ],
  });
});

describe('wallets are apart', () => {
  test('in lists, by id, as entities, and below what may be seen', async () => {
    const QUERY = `query ($representations: [_Any!]!, $deal: ID!) { deals { totalCount nodes { externalId } } contacts { totalCount } companies { totalCount }
      pipelines { name stages { name } } crmUsers { name } customFields { name } deal(id: $deal) { name }
      _entities(representations: $representations) { ... on Contact { name deals { totalCount } } } }`;
    const variables = { deal: id('deal', '100'), representations: [{ __typename: 'Contact', id: ana }] };
    const other = await ask(QUERY, variables, [OTHER]);
    expect(other.data).toEqual({
      deals: { totalCount: 1, nodes: [{ externalId: '900' }] },
      contacts: { totalCount: 1 },
      companies: { totalCount: 1 },
      pipelines: [{ name: 'Vendas (other)', stages: [{ name: 'Entrada' }, { name: 'Contato' }, { name: 'Ganho' }] }],
      crmUsers: [{ name: 'Rita Alves (other)' }],
      customFields: [],
      deal: null,
      _entities: [null],
    });
    const none = await ask(QUERY, variables, []);
    expect(none.data).toEqual({
      deals: { totalCount: 0, nodes: [] },
      contacts: { totalCount: 0 },
      companies: { totalCount: 0 },
      pipelines: [],
      crmUsers: [],
      customFields: [],
      deal: null,
      _entities: [null],
    });
  });
});
