// Deals: a page with everything on it in a fixed number of statements, filters by index, pages that lose nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crmFixture, id, instant, names, type CrmFixture } from '../support/crm-fixture.ts';
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
      id: id('deal', '100'),
      externalId: '100',
      name: 'Pedido 100',
      price: '500.50',
      status: 'WON',
      stage: { id: id('stage', '10:142'), name: 'Ganho', kind: 'WON', sort: 10000 },
      pipeline: { id: id('pipeline', '10'), name: 'Vendas' },
      lossReason: null,
      createdAt: instant(5),
      updatedAt: instant(5),
      closedAt: instant(5),
      tags: ['vip'],
      responsible: { id: id('crm-user', 'u1'), name: 'Rita Alves', email: 'rita@x.com' },
      company: { name: 'Padaria' },
      customFields: [
        {
          field: { id: id('custom-field', 'f3'), name: 'Entrega', code: 'ENTREGA', type: 'DATE' },
          values: [{ text: '2026-05-10', number: null, date: '2026-05-10T03:00:00.000Z', option: null }],
        },
        {
          field: { id: id('custom-field', 'f4'), name: 'Origem', code: 'ORIGEM', type: 'SELECT' },
          values: [
            { text: 'Instagram', number: null, date: null, option: { id: id('option', 'f4:801'), value: 'Instagram' } },
          ],
        },
      ],
      contacts: [
        { main: true, contact: { id: ana, name: 'Ana Lima', phones: ['+5511987650001'], emails: ['ana@x.com'] } },
        { main: false, contact: { id: bia, name: 'Bia Souza', phones: [], emails: [] } },
      ],
      syncedAt: '2026-11-01T00:00:00.000Z',
    });
    expect(answer.statements).toHaveLength(2);
  });

  test('takes as many statements for many as for one', async () => {
    const one = await ask(DEALS, { first: 1 });
    const many = await ask(DEALS, { first: 50 });
    expect(pick<unknown[]>(many, 'deals.edges')).toHaveLength(7);
    expect(many.statements.length).toBe(one.statements.length);
  });

  const filters: [string, object, string[]][] = [
    ['statuses', { statuses: ['WON', 'LOST'] }, ['100', '102']],
    [
      'empty lists restrict nothing',
      { statuses: ['WON'], pipelineIds: [], stageIds: [], responsibleIds: [], tags: [] },
      ['100'],
    ],
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
    [
      'custom field by day, in São Paulo',
      { customFields: [{ code: 'ENTREGA', from: '2026-05-10', to: '2026-05-10' }] },
      ['100'],
    ],
    ['custom field by another day', { customFields: [{ code: 'ENTREGA', from: '2026-05-11' }] }, []],
    [
      'custom field by option',
      { customFields: [{ fieldId: id('custom-field', 'f4'), optionIds: [id('option', 'f4:801')] }] },
      ['100'],
    ],
    [
      'two custom fields must both hold',
      {
        customFields: [
          { code: 'ORIGEM', equals: 'Instagram' },
          { code: 'ENTREGA', to: '2026-05-09' },
        ],
      },
      [],
    ],
  ];
  test.each(filters)('filter: %s', async (_title, filter, expected) => {
    const answer = await ask(
      'query ($filter: DealFilter) { deals(filter: $filter) { totalCount nodes { externalId } } }',
      { filter },
      [CRM],
    );
    expect(names(pick(answer, 'deals.nodes'))).toEqual(expected);
    expect(pick(answer, 'deals.totalCount')).toBe(expected.length);
  });

  test.each([
    ['two kinds of bounds', { code: 'X', from: '1', to: '2026-01-01' }],
    ['no field', { equals: 'x' }],
    ['bounds that are nothing', { code: 'X', from: 'abc' }],
  ])('a custom field filter with %s is refused', async (_title, condition) => {
    const answer = await ask('query ($filter: DealFilter) { deals(filter: $filter) { totalCount } }', {
      filter: { customFields: [condition] },
    });
    expect(answer.errors?.[0]?.extensions?.['code']).toBe('BAD_USER_INPUT');
  });

  const orders = (['UPDATED_AT', 'CREATED_AT', 'PRICE', 'CLOSED_AT'] as const).flatMap((field) =>
    (['ASC', 'DESC'] as const).map((direction) => [field, direction] as const),
  );
  test.each(orders)('pages by %s %s, over ties and missing values, give every row once', async (field, direction) => {
    const list =
      'query ($after: String, $first: Int, $orderBy: DealOrder) { deals(first: $first, after: $after, orderBy: $orderBy) { pageInfo { hasNextPage endCursor } nodes { externalId closedAt } } }';
    const whole = names(pick(await ask(list, { first: 50, orderBy: { field, direction } }), 'deals.nodes'));
    const read: string[] = [];
    for (let after: string | null = null; ;) {
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
    const page = await ask(
      '{ deals(first: 2, offset: 2, orderBy: { field: PRICE, direction: DESC }, filter: { priceMax: "20" }) { nodes { externalId } pageInfo { hasPreviousPage } } }',
      {},
      [CRM],
    );
    expect(pick<unknown[]>(page, 'deals.nodes')).toHaveLength(2);
    expect(pick(page, 'deals.pageInfo.hasPreviousPage')).toBe(true);
    expect((await ask('{ deals(offset: 10001) { totalCount } }')).errors?.[0]?.extensions?.['code']).toBe(
      'BAD_USER_INPUT',
    );
    expect((await ask('{ deals(first: 201) { totalCount } }')).errors?.[0]?.extensions?.['code']).toBe(
      'BAD_USER_INPUT',
    );
  });

  test('one by id, with the provider’s record; metadata is not read unless it is asked for', async () => {
    const answer = await ask('query ($id: ID!) { deal(id: $id) { name metadata stage { pipeline { name } } } }', {
      id: id('deal', '100'),
    });
    expect(pick(answer, 'deal')).toEqual({
      name: 'Pedido 100',
      metadata: { id: 100, odd: 'ção' },
      stage: { pipeline: { name: 'Vendas' } },
    });
    const plain = await ask('{ deals { nodes { name } } }');
    expect(plain.statements.join()).not.toContain('metadata');
    expect(pick(await ask('{ deal(id: "nope") { name } }'), 'deal')).toBeNull();
  });
});
