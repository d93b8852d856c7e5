// The subgraph of identity: who a person is on the other side, in one statement for all hops, for those who may see both ends.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { links } from '../../identity/index.ts';
import { recordId, walletId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import { createInsightsSubgraph } from '../../subgraphs/insights/index.ts';
import { asking, pick } from '../support/crm-graph.ts';
import { CRM, crmRows, ERP, WORKSPACE, type CrmRows } from '../support/crm-rows.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const OTHER_ERP = walletId('GESTAO_CLICK', '2');
const seller = (n: number) => recordId(ERP, 'salesperson', String(n));
const client = (n: number) => recordId(ERP, 'client', String(n));
const contact = (n: number) => recordId(CRM, 'contact', String(n));
const user = (n: number) => recordId(CRM, 'crm-user', String(n));

let db: TestDatabase;
let add: CrmRows;
let ask: ReturnType<typeof asking>;
beforeAll(async () => {
  db = await createTestDatabase();
  add = crmRows(db);
  ask = asking(createInsightsSubgraph({ database: db, log: silentLogger }), db);
  await add.link({ kind: 'SALESPERSON_CONTACT', erpId: seller(1), crmId: contact(1), status: 'LINKED', score: 100 });
  await add.link({ kind: 'SALESPERSON_USER', erpId: seller(1), crmId: user(1), status: 'CONFIRMED', score: 40 });
  await add.link({ kind: 'SALESPERSON_USER', erpId: seller(2), crmId: user(2), status: 'SUGGESTED', score: 50 });
  await add.link({ kind: 'SALESPERSON_USER', erpId: seller(3), crmId: user(3), status: 'REJECTED', score: 50 });
  await add.link({
    kind: 'CLIENT_CONTACT',
    erpId: client(1),
    crmId: contact(1),
    status: 'LINKED',
    score: 80,
    lastPurchaseOn: '2026-01-01',
  });
  await add.link({
    kind: 'CLIENT_CONTACT',
    erpId: client(2),
    crmId: contact(1),
    status: 'CONFIRMED',
    score: 100,
    lastPurchaseOn: null,
  });
  await add.link({
    kind: 'CLIENT_CONTACT',
    erpId: client(3),
    crmId: contact(1),
    status: 'LINKED',
    score: 80,
    lastPurchaseOn: '2026-06-01',
  });
  await add.link({
    kind: 'CLIENT_CONTACT',
    erpId: client(4),
    crmId: contact(4),
    status: 'CONFIRMED',
    score: 90,
    present: false,
  });
  await add.link({
    kind: 'CLIENT_CONTACT',
    erpId: client(5),
    crmId: contact(5),
    status: 'LINKED',
    score: 90,
    erpWallet: OTHER_ERP,
  });
});
afterAll(() => db.drop());

const HOPS = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
  ... on Salesperson { id contact { id } crmUser { id } }
  ... on Client { id contact { id } }
  ... on Contact { id client { id } clients { id } salesperson { id } }
  ... on CrmUser { id salesperson { id } } } }`;
const people = (...list: [string, string][]) => ({
  representations: list.map(([__typename, id]) => ({ __typename, id })),
});

describe('hops', () => {
  test('in every direction, in one statement for all of them', async () => {
    const answer = await ask(
      HOPS,
      people(['Salesperson', seller(1)], ['Client', client(1)], ['Contact', contact(1)], ['CrmUser', user(1)]),
    );
    expect(pick(answer, '_entities')).toEqual([
      { id: seller(1), contact: { id: contact(1) }, crmUser: { id: user(1) } },
      { id: client(1), contact: { id: contact(1) } },
      {
        id: contact(1),
        client: { id: client(3) },
        clients: [{ id: client(3) }, { id: client(1) }, { id: client(2) }],
        salesperson: { id: seller(1) },
      },
      { id: user(1), salesperson: { id: seller(1) } },
    ]);
    expect(answer.statements).toHaveLength(1);
  });

  test('many people take one statement too', async () => {
    const many = Array.from({ length: 100 }, (_, n): [string, string] => ['Client', client(n)]);
    expect((await ask(HOPS, people(...many))).statements).toHaveLength(1);
  });

  test('suggestions, rejections and links whose end is gone are not shown', async () => {
    const answer = await ask(
      HOPS,
      people(
        ['Salesperson', seller(2)],
        ['Salesperson', seller(3)],
        ['Client', client(4)],
        ['Contact', contact(4)],
        ['CrmUser', 'no id'],
      ),
    );
    expect(pick(answer, '_entities')).toEqual([
      { id: seller(2), contact: null, crmUser: null },
      { id: seller(3), contact: null, crmUser: null },
      { id: client(4), contact: null },
      { id: contact(4), client: null, clients: [], salesperson: null },
      { id: 'no id', salesperson: null },
    ]);
  });

  test.each([[[ERP]], [[CRM]], [[]], [[CRM, OTHER_ERP]]])(
    'who may not see both ends sees no link: %s',
    async (allowed) => {
      const answer = await ask(HOPS, people(['Salesperson', seller(1)], ['Contact', contact(1)]), allowed);
      expect(pick(answer, '_entities')).toEqual([
        { id: seller(1), contact: null, crmUser: null },
        { id: contact(1), client: null, clients: [], salesperson: null },
      ]);
    },
  );

  test('who may see both ends sees it', async () => {
    expect(
      pick(await ask(HOPS, people(['Client', client(1)], ['Client', client(5)]), [ERP, CRM]), '_entities'),
    ).toEqual([
      { id: client(1), contact: { id: contact(1) } },
      { id: client(5), contact: null },
    ]);
  });
});

describe('links', () => {
  const LINKS = `query Links($kind: IdentityKind, $status: LinkStatus, $first: Int = 50, $after: String) { identityLinks(kind: $kind, status: $status, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor } edges { node { id kind status score reasons { rule detail } decidedBy decidedAt salesperson { id } client { id } contact { id } crmUser { id } } } } }`;

  test('by kind and status, each with its two ends and its reasons', async () => {
    const answer = await ask(LINKS, { kind: 'SALESPERSON_USER', status: 'SUGGESTED' });
    expect(pick(answer, 'identityLinks.totalCount')).toBe(1);
    expect(pick(answer, 'identityLinks.edges.0.node')).toMatchObject({
      kind: 'SALESPERSON_USER',
      status: 'SUGGESTED',
      score: 50,
      decidedBy: null,
      decidedAt: null,
      reasons: [{ rule: 'DOCUMENT', detail: 'same CPF ending 91' }],
      salesperson: { id: seller(2) },
      crmUser: { id: user(2) },
      client: null,
      contact: null,
    });
    const clients = await ask(LINKS, { kind: 'CLIENT_CONTACT' });
    expect(pick(clients, 'identityLinks.edges.0.node')).toMatchObject({
      client: {},
      contact: {},
      salesperson: null,
      crmUser: null,
    });
  });

  test('the surest first, page after page over ties, those of hidden ends left out', async () => {
    const read: { id: string; score: number }[] = [];
    for (let after: string | null = null; ;) {
      const page = await ask(LINKS, { first: 2, after });
      read.push(
        ...pick<{ node: { id: string; score: number } }[]>(page, 'identityLinks.edges').map(({ node }) => node),
      );
      after = pick<string>(page, 'identityLinks.pageInfo.endCursor');
      if (!pick(page, 'identityLinks.pageInfo.hasNextPage')) break;
    }
    expect(read.map(({ score }) => score)).toEqual([100, 100, 90, 80, 80, 50, 50, 40]);
    expect(new Set(read.map(({ id }) => id)).size).toBe(8);
  });

  test('only where both ends may be seen', async () => {
    expect(pick(await ask(LINKS, {}, [ERP, CRM]), 'identityLinks.totalCount')).toBe(7);
    expect(pick(await ask(LINKS, {}, [ERP]), 'identityLinks.totalCount')).toBe(0);
  });
});

test('the summary says how many people were found, and how many not', async () => {
  const own = await createTestDatabase();
  try {
    const rows = crmRows(own);
    await rows.wallet(ERP, 'GESTAO_CLICK');
    await rows.wallet(CRM, 'KOMMO');
    for (const n of [1, 2, 3, 4]) await rows.client({ name: `Cliente ${n}`, emails: n < 3 ? [`c${n}@x.com`] : [] });
    await rows.salesperson({ name: 'Rita Alves' });
    await rows.contact({ name: 'A', emails: ['c1@x.com'] });
    await rows.contact({ name: 'B', emails: ['c2@x.com'] });
    await rows.contact({ name: 'C', emails: ['c2@x.com'] });
    await links.run({
      database: own,
      walletId: ERP,
      provider: 'GESTAO_CLICK',
      workspaceId: WORKSPACE,
      mode: 'FULL',
      signal: new AbortController().signal,
      log: silentLogger,
    });
    const summary = asking(createInsightsSubgraph({ database: own, log: silentLogger }), own);
    const SUMMARY = 'query Summary { identitySummary { kind total linked confirmed suggested rejected unmatched } }';
    const nobody = { linked: 0, confirmed: 0, suggested: 0, rejected: 0 };
    const answer = await summary(SUMMARY);
    expect(pick(answer, 'identitySummary')).toEqual([
      { kind: 'SALESPERSON_CONTACT', total: 1, ...nobody, unmatched: 1 },
      { kind: 'SALESPERSON_USER', total: 1, ...nobody, unmatched: 1 },
      { kind: 'CLIENT_CONTACT', total: 4, linked: 1, confirmed: 0, suggested: 2, rejected: 0, unmatched: 2 },
    ]);
    expect(answer.statements).toHaveLength(1);
    expect(pick(await summary(SUMMARY, {}, []), 'identitySummary.2')).toEqual({
      kind: 'CLIENT_CONTACT',
      total: 0,
      ...nobody,
      unmatched: 0,
    });
  } finally {
    await own.drop();
  }
});
