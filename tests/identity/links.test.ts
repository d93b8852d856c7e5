// Who is who: the promises of identity matching, by real statements on a real database.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CRM, crmRows, ERP, type CrmRows } from '../support/crm-rows.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { settleLinks, statuses, type Link } from '../support/links.ts';

// Valid documents, made up.
const CPF_A = '529.982.247-25';
const CPF_B = '111.444.777-35';
const CNPJ_A = '11.222.333/0001-81';
const CNPJ_A_BRANCH = '11.222.333/0002-62';
const CNPJ_LETTERS = '12.ABC.345/01DE-35';

let db: TestDatabase;
let add: CrmRows;
beforeEach(async () => {
  db = await createTestDatabase();
  add = crmRows(db);
  await add.wallet(ERP, 'GESTAO_CLICK');
  await add.wallet(CRM, 'KOMMO');
});
afterEach(() => db.drop());

const settle = (workspace?: string): Promise<Link[]> => settleLinks(db, workspace);

describe('one candidate', () => {
  const cases: [
    string,
    Partial<Parameters<CrmRows['client']>[0]>,
    Partial<Parameters<CrmRows['contact']>[0]>,
    string,
    number,
    string,
  ][] = [
    ['masked and bare CPF', { document: CPF_A }, { documents: ['52998224725'] }, 'LINKED', 100, 'same CPF ending 25'],
    ['CNPJ', { document: '11222333000181' }, { documents: [CNPJ_A] }, 'LINKED', 100, 'same CNPJ ending 81'],
    [
      'CNPJ with letters, in either case',
      { document: CNPJ_LETTERS },
      { documents: ['12abc34501de35'] },
      'LINKED',
      100,
      'same CNPJ ending 35',
    ],
    [
      'e-mail in any case',
      { emails: ['Ana@Example.com'] },
      { emails: ['ana@example.com'] },
      'LINKED',
      90,
      'same e-mail a***@example.com',
    ],
    [
      'telephone with +55',
      { phones: ['(11) 98765-0001'] },
      { phones: ['+5511987650001'] },
      'LINKED',
      80,
      'same telephone ending 0001',
    ],
    [
      'telephone without the ninth digit',
      { phones: ['11 98765-0001'] },
      { phones: ['1187650001'] },
      'LINKED',
      80,
      'same telephone ending 0001',
    ],
    [
      'second e-mail and second telephone',
      { emails: ['x@a.com', 'ana@b.com'], phones: ['11 3222-3333', '11 98765-0001'] },
      { emails: ['ana@b.com'], phones: ['11 98765 0001'] },
      'LINKED',
      98,
      'same e-mail a***@b.com',
    ],
  ];
  test.each(cases)('%s: linked with score and reason', async (_title, client, contact, status, score, detail) => {
    const erp = await add.client({ name: 'Padaria Central', ...client });
    const crm = await add.contact({ name: 'Ana', ...contact });
    const [link, ...more] = await settle();
    expect(more).toEqual([]);
    expect(link).toMatchObject({ kind: 'CLIENT_CONTACT', erp_id: erp, crm_id: crm, status, score, decided_by: 'RULE' });
    expect(link?.reasons[0]?.detail).toBe(detail);
  });

  test('other area code or other digits: nobody', async () => {
    await add.client({ name: 'Ana', phones: ['(11) 98765-0001'], emails: ['a@b.com'] });
    await add.contact({ name: 'Bia', phones: ['(21) 98765-0001'], emails: ['a@b.com.br'] });
    expect(await settle()).toEqual([]);
  });

  test('rules that agree raise the score, and each is a reason', async () => {
    await add.client({ name: 'Ana Maria Lima', emails: ['ana@x.com'], phones: ['11987650001'] });
    await add.contact({ name: 'ANA MARIA LIMA', emails: ['ana@x.com'], phones: ['11987650001'] });
    const [link] = await settle();
    expect(link?.score).toBe(99);
    expect(link?.reasons.map(({ rule }) => rule)).toEqual(['EMAIL', 'PHONE', 'NAME']);
  });

  test('a name alone is only suggested, and only with two words', async () => {
    await add.client({ name: 'João da Silva' });
    await add.contact({ name: 'JOAO SILVA' });
    await add.client({ name: 'Marina' });
    await add.contact({ name: 'Marina' });
    const found = await settle();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ status: 'SUGGESTED', score: 40, decided_by: null });
    expect(found[0]?.reasons).toEqual([{ rule: 'NAME', detail: 'one name holds the 2 words of the other' }]);
  });
});

describe('several candidates', () => {
  test('two contacts with one document: both suggested, none linked', async () => {
    await add.client({ name: 'Ana Lima', document: CPF_A });
    await add.contact({ name: 'Ana Lima', documents: [CPF_A] });
    await add.contact({ name: 'Ana L', documents: [CPF_A] });
    expect(statuses(await settle())).toEqual(['SUGGESTED', 'SUGGESTED']);
  });

  test('two clients with one telephone of one contact: both suggested', async () => {
    await add.client({ name: 'Mãe', phones: ['11987650001'] });
    await add.client({ name: 'Filho', phones: ['11987650001'] });
    await add.contact({ name: 'Mãe', phones: ['11987650001'] });
    expect(statuses(await settle())).toEqual(['SUGGESTED', 'SUGGESTED']);
  });

  test('two clients with one document: both suggested', async () => {
    await add.client({ name: 'Ana Lima', document: CPF_A });
    await add.client({ name: 'Ana Lima 2', document: CPF_A });
    await add.contact({ name: 'Ana Lima', documents: [CPF_A] });
    expect(statuses(await settle())).toEqual(['SUGGESTED', 'SUGGESTED']);
  });

  test('the better rule wins where only one has it, and the client needs no more suggestions', async () => {
    const erp = await add.client({ name: 'Ana', document: CPF_A, phones: ['11987650001'] });
    const crm = await add.contact({ name: 'Ana', documents: [CPF_A] });
    await add.contact({ name: 'Rui', phones: ['11987650001'] });
    const found = await settle();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ erp_id: erp, crm_id: crm, status: 'LINKED' });
  });

  test('a contact with a CPF and a CNPJ is both clients', async () => {
    await add.client({ name: 'Ana Lima', document: CPF_A });
    await add.client({ name: 'Lima ME', document: CNPJ_A });
    await add.contact({ name: 'Ana Lima', documents: [CPF_A, CNPJ_A] });
    expect(statuses(await settle())).toEqual(['LINKED', 'LINKED']);
  });

  test('a telephone that more than three hold is no evidence', async () => {
    for (const name of ['A', 'B', 'C', 'D']) await add.contact({ name, phones: ['1132220000'] });
    await add.client({ name: 'Office', phones: ['1132220000'] });
    expect(await settle()).toEqual([]);
  });

  test('a frequent name is no suggestion, but supports a telephone', async () => {
    for (let i = 0; i < 4; i++) await add.contact({ name: 'José Santos' });
    await add.contact({ name: 'José Santos', phones: ['11987650001'] });
    await add.client({ name: 'Jose Santos', phones: ['11987650001'] });
    const found = await settle();
    expect(found.map(({ status, score }) => [status, score])).toEqual([['LINKED', 90]]);
  });

  test('homonyms with documents of their own are each linked to themselves', async () => {
    const a = await add.client({ name: 'João Souza', document: CPF_A });
    const b = await add.client({ name: 'João Souza', document: CPF_B });
    const x = await add.contact({ name: 'João Souza', documents: [CPF_A] });
    const y = await add.contact({ name: 'João Souza', documents: [CPF_B] });
    const found = await settle();
    expect(found.map(({ erp_id, crm_id, status }) => [erp_id, crm_id, status]).toSorted()).toEqual(
      [
        [a, x, 'LINKED'],
        [b, y, 'LINKED'],
      ].toSorted(),
    );
  });
});

describe('contradictions', () => {
  test('different valid CPFs: same e-mail is only suggested, with the reason why; same telephone not even that', async () => {
    await add.client({ name: 'Ana', document: CPF_A, emails: ['casa@x.com'] });
    await add.contact({ name: 'Rui', documents: [CPF_B], emails: ['casa@x.com'] });
    await add.client({ name: 'Leo', document: CPF_A, phones: ['11987650001'] });
    await add.contact({ name: 'Bia', documents: [CPF_B], phones: ['11987650001'] });
    const found = await settle();
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ status: 'SUGGESTED', score: 30 });
    expect(found[0]?.reasons.at(-1)).toEqual({ rule: 'DOCUMENT', detail: 'but a different CPF on each side' });
  });

  test('a document with wrong check digits contradicts nothing', async () => {
    await add.client({ name: 'Ana', document: '52998224720', emails: ['a@x.com'] });
    await add.contact({ name: 'Ana', documents: [CPF_B], emails: ['a@x.com'] });
    expect(statuses(await settle())).toEqual(['LINKED']);
  });

  test('a CPF beside a CNPJ, or a branch of the same company, contradicts nothing', async () => {
    await add.client({ name: 'Lima ME', document: CNPJ_A, emails: ['a@x.com'] });
    await add.contact({ name: 'Ana', documents: [CPF_B], emails: ['a@x.com'] });
    await add.client({ name: 'Souza ME', document: CNPJ_A_BRANCH, emails: ['b@x.com'] });
    await add.contact({ name: 'Bia', documents: [CNPJ_A], emails: ['b@x.com'] });
    expect(statuses(await settle()).filter((status) => status === 'LINKED')).toHaveLength(1);
    const second = (await settle()).find((link) =>
      link.reasons.some(({ rule, detail }) => rule === 'EMAIL' && detail.startsWith('same e-mail b')),
    );
    expect(second?.reasons.map(({ rule }) => rule)).toEqual(['EMAIL']);
  });
});

describe('salespeople', () => {
  test('are linked to a contact and to a user', async () => {
    const seller = await add.salesperson({ name: 'Rita Alves', document: CPF_A, emails: ['rita@x.com'] });
    const contact = await add.contact({ name: 'Rita', documents: [CPF_A] });
    const user = await add.user({ name: 'Rita Alves', emails: ['rita@x.com'] });
    const found = await settle();
    expect(found.map(({ kind, erp_id, crm_id, status }) => [kind, erp_id, crm_id, status])).toEqual([
      ['SALESPERSON_CONTACT', seller, contact, 'LINKED'],
      ['SALESPERSON_USER', seller, user, 'LINKED'],
    ]);
  });

  test('a contact has one salesperson at most', async () => {
    await add.salesperson({ name: 'Rita', document: CPF_A });
    await add.salesperson({ name: 'Rui', document: CPF_B });
    await add.contact({ name: 'Rita e Rui', documents: [CPF_A, CPF_B] });
    expect(statuses(await settle(), 'SALESPERSON_CONTACT')).toEqual(['SUGGESTED', 'SUGGESTED']);
  });
});
