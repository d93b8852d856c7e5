// A small CRM for the tests of its subgraph: two accounts with the same external ids, two contacts, six deals, custom fields
// of several types, ties and missing values in what lists are ordered by.
import { recordId, walletId } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import { createKommoSubgraph } from '../../subgraphs/kommo/index.ts';
import { asking } from './crm-graph.ts';
import { CRM, crmRows } from './crm-rows.ts';
import { createTestDatabase } from './database.ts';

/** The second account. */
export const OTHER = walletId('KOMMO', '2');
/** Our id of a record of the fixture. */
export const id = (type: string, externalId: string, wallet = CRM) => recordId(wallet, type, externalId);
/** An instant of day `n`. */
export const instant = (n: number) => `2026-03-${String(n).padStart(2, '0')}T10:00:00.000Z`;
export const names = (list: { externalId: string }[]) => list.map(({ externalId }) => externalId);

interface DealValues {
  externalId: string;
  name?: string;
  price?: string;
  status?: string;
  closedAt?: string | null;
  updatedAt?: string;
  wallet?: string;
  contacts?: string[];
  tags?: string[];
  stage?: string;
}

/** A database with the fixture, and a way to ask the subgraph. */
export async function crmFixture() {
  const db = await createTestDatabase();
  const add = crmRows(db);
  const ask = asking(createKommoSubgraph({ database: db, log: silentLogger }), db);
  const addDeal = async ({
    externalId,
    name = `Pedido ${externalId}`,
    price = '100.00',
    status = 'OPEN',
    closedAt = null,
    updatedAt = instant(1),
    wallet = CRM,
    contacts = [],
    tags = [],
    stage = '10:1',
  }: DealValues) => {
    const deal = await add.record('kommo.deal', 'deal', wallet, {
      external_id: externalId,
      name,
      price,
      status,
      pipeline_id: id('pipeline', '10', wallet),
      stage_id: id('stage', stage, wallet),
      responsible_id: id('crm-user', 'u1', wallet),
      company_id: id('company', 'c1', wallet),
      tags,
      closed_at: closedAt,
      source_created_at: updatedAt,
      source_updated_at: updatedAt,
      search_text: name.toLowerCase(),
      metadata: { id: Number(externalId), odd: 'ção' },
    });
    if (contacts.length > 0)
      await add.insert(
        'kommo.deal_contact',
        contacts.map((contact, position) => ({
          deal_id: deal,
          position,
          wallet_id: wallet,
          contact_id: contact,
          main: position === contacts.length - 1,
        })),
      );
    return deal;
  };
  const value = (ownerId: string, position: number, field: string, more: object, ownerType = 'CONTACT') =>
    add.insert('kommo.custom_field_value', [
      {
        owner_id: ownerId,
        position,
        wallet_id: CRM,
        owner_type: ownerType,
        field_id: id('custom-field', field),
        ...more,
      },
    ]);
  for (const wallet of [CRM, OTHER]) {
    const mark = wallet === CRM ? '' : ' (other)';
    await add.user({ wallet, externalId: 'u1', name: `Rita Alves${mark}`, emails: ['rita@x.com'] });
    await add.record('kommo.pipeline', 'pipeline', wallet, {
      external_id: '10',
      name: `Vendas${mark}`,
      sort: 1,
      is_main: true,
      archived: false,
    });
    for (const [stage, name, kind, sort] of [
      ['10:1', 'Contato', 'OPEN', 20],
      ['10:142', 'Ganho', 'WON', 10000],
      ['10:0', 'Entrada', 'INCOMING', 10],
    ] as const)
      await add.record('kommo.stage', 'stage', wallet, {
        external_id: stage,
        pipeline_id: id('pipeline', '10', wallet),
        name,
        kind,
        sort,
        color: '#fff',
      });
    await add.record('kommo.company', 'company', wallet, {
      external_id: 'c1',
      name: `Padaria${mark}`,
      phones: [],
      emails: [],
      tags: [],
      responsible_id: id('crm-user', 'u1', wallet),
    });
  }
  await add.record('kommo.pipeline', 'pipeline', CRM, {
    external_id: '11',
    name: 'Antigo',
    sort: 0,
    is_main: false,
    archived: true,
  });
  await add.record('kommo.loss_reason', 'loss-reason', CRM, { external_id: '5', name: 'Preço', sort: 1 });
  await add.record('kommo.tag', 'tag', CRM, { external_id: '1', entity: 'CONTACT', name: 'vip', color: null });
  for (const [field, name, code, type, sort, entity] of [
    ['f1', 'Origem', 'ORIGEM', 'SELECT', 2, 'CONTACT'],
    ['f2', 'Limite', null, 'NUMERIC', 1, 'CONTACT'],
    ['f3', 'Entrega', 'ENTREGA', 'DATE', 1, 'DEAL'],
    ['f4', 'Origem', 'ORIGEM', 'SELECT', 2, 'DEAL'],
  ] as const)
    await add.record('kommo.custom_field', 'custom-field', CRM, {
      external_id: field,
      entity,
      name,
      code,
      type,
      sort,
      predefined: false,
    });
  for (const [field, option, text] of [
    ['f1', '701', 'Instagram'],
    ['f1', '702', 'Feira'],
    ['f4', '801', 'Instagram'],
  ] as const)
    await add.insert('kommo.custom_field_option', [
      {
        field_id: id('custom-field', field),
        external_id: option,
        id: id('option', `${field}:${option}`),
        wallet_id: CRM,
        value: text,
        sort: Number(option),
      },
    ]);
  const ana = await add.contact(
    { name: 'Ana Lima', externalId: '1', phones: ['+5511987650001'], emails: ['ana@x.com'] },
    {
      first_name: 'Ana',
      last_name: 'Lima',
      tags: ['vip'],
      company_id: id('company', 'c1'),
      responsible_id: id('crm-user', 'u1'),
      source_updated_at: instant(3),
    },
  );
  const bia = await add.contact({ name: 'Bia Souza', externalId: '2' }, { source_updated_at: instant(2) });
  await value(ana, 0, 'f1', { text: 'Instagram', option_id: id('option', 'f1:701') });
  await value(ana, 1, 'f2', { text: '12.5', number: '12.5' });
  await value(ana, 2, 'f1', { text: 'Feira', option_id: id('option', 'f1:702') });
  await value(bia, 0, 'f2', { text: '300', number: '300' });
  const big = await addDeal({
    externalId: '100',
    price: '500.50',
    status: 'WON',
    closedAt: instant(5),
    updatedAt: instant(5),
    contacts: [bia, ana],
    tags: ['vip'],
    stage: '10:142',
  });
  await addDeal({ externalId: '101', price: '20.00', contacts: [ana], updatedAt: instant(2) });
  await addDeal({
    externalId: '102',
    price: '20.00',
    status: 'LOST',
    closedAt: instant(4),
    updatedAt: instant(4),
    contacts: [ana, id('contact', 'not-here')],
  });
  for (const n of [103, 104, 105]) await addDeal({ externalId: String(n), price: '20.00', updatedAt: instant(1) });
  await value(big, 0, 'f3', { text: '2026-05-10', date: '2026-05-10T03:00:00Z' }, 'DEAL');
  await value(big, 1, 'f4', { text: 'Instagram', option_id: id('option', 'f4:801') }, 'DEAL');
  const stranger = await add.contact({ wallet: OTHER, name: 'Estranho', externalId: '1' });
  await addDeal({ externalId: '900', wallet: OTHER, contacts: [stranger] });
  return { db, ask, ana, bia };
}

export type CrmFixture = Awaited<ReturnType<typeof crmFixture>>;
