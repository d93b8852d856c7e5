// A small company in the tables of the ERP: three sales with all that may hang on them, people, small lists, two quotes.
import { createTestDatabase, type TestDatabase } from './database.ts';
import { createErpFixture, type ErpFixture } from './erp-fixture.ts';
import { createErpGraph, type ErpGraph } from './erp-graph.ts';

/** It, in a database of its own, and the ERP's part of the graph over it. */
export async function openErpCompany(): Promise<{ database: TestDatabase; graph: ErpGraph; erp: ErpFixture }> {
  const database = await createTestDatabase();
  const graph = createErpGraph(database);
  const erp = createErpFixture(database);
  await saveErpCompany(erp);
  return { database, graph, erp };
}

/** Writes it to the fixture's database. */
export async function saveErpCompany(erp: ErpFixture): Promise<void> {
  const store = erp.store('1', { name: 'Matriz' });
  const confirmed = erp.status('10', { name: 'Concretizada', outcome: 'CONFIRMED', is_default: true });
  const pix = erp.method('5', { name: 'PIX', kind: 'PIX' });
  const bread = erp.product('p1', { name: 'Pão Francês', code: 'PF' });
  erp.product('p2', { name: 'Bolo', active: false });
  const delivery = erp.service('s1', { name: 'Entrega' });
  const client = erp.client('c1', {
    name: 'Padaria do João',
    kind: 'COMPANY',
    document: '12ABC34501DE35',
    email: 'joao@padaria.com.br',
    phones: ['+5511987654321'],
  });
  erp.extraFields('CLIENT', client, { Região: 'Sul' });
  const seller = erp.salesperson('v1', { name: 'Ana Souza', email: 'ana@loja.com.br', document: '12345678909' });
  erp.salesperson('v2', { name: 'Bruno Lima', active: false, source: 'SALE' });
  const people = {
    client_id: client,
    client_name: 'Padaria do João',
    salesperson_id: seller,
    salesperson_name: 'Ana Souza',
  };
  const sale = erp.sale('100', {
    ...people,
    date: '2026-02-01',
    status_id: confirmed,
    store_id: store,
    total: '1238.5',
    discount: '0.1',
    freight: '12.3456',
    channel: 'Balcão',
    launched: true,
  });
  erp.items(sale, [
    { product_id: bread, description: 'Pão', quantity: '2.500000', unit_price: '238.0000', total: '595' },
    { kind: 'SERVICE', service_id: delivery, description: 'Entrega', discount: '1.5' },
    { product_id: erp.id('product', 'never arrived'), description: 'Some product' },
  ]);
  erp.payment('t2', { sale_id: sale, client_id: client, method_id: pix, due_date: '2026-03-05', amount: '600' });
  erp.payment('t1', {
    sale_id: sale,
    client_id: client,
    method_id: pix,
    due_date: '2026-02-05',
    amount: '638.5',
    settled: true,
    paid_at: '2026-02-04',
    net_amount: '630.25',
  });
  erp.payment('i1', { sale_id: sale, origin: 'INSTALMENT', visible: false, position: 1, due_date: '2026-01-01' });
  erp.extraFields('SALE', sale, { Entregador: 'Zé', Turno: 'manhã' });
  const planned = erp.sale('101', { ...people, date: '2026-02-02', total: '200' });
  erp.payment('i3', { sale_id: planned, origin: 'INSTALMENT', position: 2, due_date: '2026-02-20', amount: '100' });
  erp.payment('i2', { sale_id: planned, origin: 'INSTALMENT', position: 1, due_date: '2026-01-20', amount: '100' });
  erp.sale('102', { date: '2026-02-03', client_id: erp.id('client', 'gone'), client_name: 'Someone', total: '0' });
  const parent = erp.ledgerAccount('1', { code: '1', name: 'Receitas', kind: 'CREDIT' });
  erp.ledgerAccount('2', { code: '1.1', name: 'Vendas', kind: 'CREDIT', parent_id: parent });
  erp.ledgerAccount('3', { name: 'Outras', parent_id: erp.id('ledger_account', 'gone') });
  erp.costCenter('1', { name: 'Loja' });
  erp.bankAccount('1', { name: 'Banco do Brasil' });
  const quote = erp.quote('q1', { client_id: client, salesperson_id: seller, store_id: store, total: '77.7' });
  erp.quoteItems(quote, [{ product_id: bread, description: 'Pão' }]);
  erp.quote('q2', { date: '2026-02-10' });
  erp.definition('d1', { name: 'Turno', options: ['manhã', 'tarde'] });
  erp.definition('d2', { name: 'Região', owner_type: 'CLIENT' });
  await erp.save();
}
