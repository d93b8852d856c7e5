// A connector without a provider: generated records in real tables of the Gestão Click schema, with faults, gates and
// counts that a test controls. It stands for all shapes of streams: one page, numbered pages with and without a total,
// keyset pages, children, children within a scope, placeholders.
import { setTimeout as sleep } from 'node:timers/promises';
import { PonteError } from '../../lib/errors.ts';
import { recordId } from '../../lib/ids.ts';
import type { Connector, Cursor, FetchedPage, Json, ParsedRecord, Partition, QuotaGate, ReadContext, RejectedRecord, Stream, TableSpec } from '../../sync/index.ts';

const named = { id: 'uuid', wallet_id: 'uuid', external_id: 'text', name: 'text', metadata: 'jsonb' } as const;

export const STORE: TableSpec = { name: 'gestao_click.store', columns: named, key: ['id'], write: 'upsert', recordType: 'STORE' };
export const COST_CENTER: TableSpec = { name: 'gestao_click.cost_center', columns: named, key: ['id'], write: 'upsert' };
export const CLIENT: TableSpec = {
  name: 'gestao_click.client',
  columns: { ...named, name_key: 'text', kind: 'text', email_keys: 'text[]', phones: 'text[]', phone_keys: 'text[]', search_text: 'text', active: 'bool' },
  key: ['id'],
  write: 'upsert',
  recordType: 'CLIENT',
};
export const SALE: TableSpec = {
  name: 'gestao_click.sale',
  columns: {
    id: 'uuid', wallet_id: 'uuid', external_id: 'text', number: 'text', number_value: 'int8', kind: 'text', date: 'date', client_id: 'uuid', total: 'numeric',
    launched: 'bool', source_updated_at: 'timestamptz', search_text: 'text', metadata: 'jsonb',
  },
  key: ['id'],
  write: 'upsert',
  recordType: 'SALE',
};
export const SALE_ITEM: TableSpec = {
  name: 'gestao_click.sale_item',
  columns: { sale_id: 'uuid', position: 'int4', wallet_id: 'uuid', kind: 'text', description: 'text', quantity: 'numeric', unit_price: 'numeric', total: 'numeric' },
  key: ['sale_id', 'position'],
  write: 'children',
  parent: 'sale_id',
};
export const INSTALMENT: TableSpec = {
  name: 'gestao_click.payment',
  columns: {
    id: 'uuid', wallet_id: 'uuid', external_id: 'text', origin: 'text', direction: 'text', amount: 'numeric', net_amount: 'numeric', due_date: 'date', sale_id: 'uuid',
    search_text: 'text', metadata: 'jsonb', source_updated_at: 'timestamptz',
  },
  key: ['id'],
  write: 'children',
  parent: 'sale_id',
  scope: { origin: 'INSTALMENT' },
  recordType: 'PAYMENT',
};
export const SALESPERSON: TableSpec = {
  name: 'gestao_click.salesperson',
  columns: { ...named, name_key: 'text', source: 'text', email_keys: 'text[]', phones: 'text[]', phone_keys: 'text[]' },
  key: ['id'],
  write: 'missing',
  recordType: 'SALESPERSON',
};

export interface FakeOptions {
  stores?: number;
  costCenters?: number;
  clients?: number;
  /** For each of the two kinds. */
  sales?: number;
  pageSize?: number;
  latencyMs?: number;
  perSecond?: number;
  accountKey?: string | null;
  gate?: QuotaGate;
}

export interface Asked {
  readonly stream: string;
  readonly partition: string;
  readonly cursor: Cursor;
  readonly at: number;
}

export interface FakeConnector extends Connector {
  /** What the "provider" holds; a test changes it between runs. */
  readonly world: { stores: number; costCenters: number; clients: number; sales: number };
  /** Version of a record, part of its content; default 0. */
  readonly versions: Map<string, number>;
  /** Records that cannot be parsed. */
  readonly broken: Set<string>;
  /** Called before each answer: throw to fail, wait to hold it up. */
  onPage: (stream: string, cursor: Cursor, context: ReadContext) => Promise<void> | void;
  readonly asked: Asked[];
  unauthorized: boolean;
  closed: boolean;
}

const row = (wallet: string, type: string, n: number, version: number) => ({
  id: recordId(wallet, type, n),
  wallet_id: wallet,
  external_id: String(n),
  name: `${type} ${n} v${version}`,
  metadata: { id: n, version, note: `çã\t"\\ ${type}\n` },
});

export function createFakeConnector(options: FakeOptions = {}): FakeConnector {
  const { pageSize = 100, latencyMs = 0, perSecond = 200, accountKey = '77', gate } = options;
  const world = { stores: options.stores ?? 2, costCenters: options.costCenters ?? 250, clients: options.clients ?? 450, sales: options.sales ?? 300 };
  const versions = new Map<string, number>();
  const broken = new Set<string>();
  const asked: Asked[] = [];
  const version = (type: string, n: number) => versions.get(`${type}:${n}`) ?? 0;

  const payloads = {
    stores: (n: number) => ({ id: n, version: version('store', n) }),
    costCenters: (n: number) => ({ id: n, version: version('cost_center', n) }),
    clients: (n: number) => ({ id: n, version: version('client', n), broken: broken.has(`client:${n}`) }),
    sales: (n: number, kind: string) => ({ id: n, version: version('sale', n), kind }),
  };
  type Payload = { id: number; version: number; broken?: boolean; kind?: string };

  const parsers: Record<string, (wallet: string, payload: Payload) => ParsedRecord> = {
    stores: (wallet, { id, version: v }) => ({ externalId: String(id), row: row(wallet, 'store', id, v) }),
    costCenters: (wallet, { id, version: v }) => ({ externalId: String(id), row: row(wallet, 'cost_center', id, v) }),
    clients(wallet, { id, version: v, broken: bad }) {
      if (bad && broken.has(`client:${id}`)) throw new PonteError('PROVIDER_UNEXPECTED_RESPONSE', 'email: expected an e-mail, got 7');
      const base = row(wallet, 'client', id, v);
      return { externalId: String(id), row: { ...base, name_key: `client ${id}`, kind: 'PERSON', email_keys: [`c${id}@x.br`, 'a "quoted", one'], phones: [], phone_keys: [], search_text: base.name, active: true } };
    },
    sales(wallet, { id, version: v, kind }) {
      const sale = { ...row(wallet, 'sale', id, v), number: String(id), number_value: String(id), kind, date: '2026-03-01', client_id: null, total: `${id}.5000`, launched: false, source_updated_at: '2026-03-01T10:00:00.000Z', search_text: '' };
      const items = Array.from({ length: 2 + (v % 2) }, (_, position) => ({ sale_id: sale.id, position, wallet_id: wallet, kind: 'PRODUCT', description: `item ${position} v${v}`, quantity: '1', unit_price: '2.5', total: '2.5' }));
      const instalments = Array.from({ length: 1 + (v % 3) }, (_, n) => ({
        id: recordId(wallet, 'instalment', `${id}-${n}`), wallet_id: wallet, external_id: `${id}-${n}`, origin: 'INSTALMENT', direction: 'RECEIVABLE', amount: '10', net_amount: '10', due_date: '2026-04-01', sale_id: sale.id, search_text: '', metadata: { n }, source_updated_at: null,
      }));
      const seller = { ...row(wallet, 'salesperson', id % 5, 0), name: `Seller ${id % 5}`, name_key: `seller ${id % 5}`, source: 'SALE', email_keys: [], phones: [], phone_keys: [] };
      return { externalId: String(id), row: sale, others: { [SALE_ITEM.name]: items, [INSTALMENT.name]: instalments, [SALESPERSON.name]: [seller] } };
    },
  };

  function parsePage(name: string, wallet: string, raw: readonly Payload[]): { records: ParsedRecord[]; rejected: RejectedRecord[] } {
    const records: ParsedRecord[] = [];
    const rejected: RejectedRecord[] = [];
    for (const payload of raw) {
      try {
        records.push(parsers[name]!(wallet, payload));
      } catch (error) {
        rejected.push({ externalId: String(payload.id), code: 'INVALID', message: (error as Error).message, payload: payload as unknown as Json });
      }
    }
    return { records, rejected };
  }

  async function answer(name: string, context: ReadContext, partition: Partition, cursor: Cursor, raw: () => { payloads: Payload[]; next: Cursor | null; total?: number }): Promise<FetchedPage> {
    (await gate?.acquire(context.signal))?.();
    asked.push({ stream: name, partition: partition.key, cursor, at: performance.now() });
    if (connector.unauthorized) throw new PonteError('PROVIDER_UNAUTHORIZED', 'The token was refused.', { hint: 'Create a new token.' });
    await connector.onPage(name, cursor, context);
    if (latencyMs > 0) await sleep(latencyMs, undefined, { signal: context.signal });
    context.signal.throwIfAborted();
    const { payloads: found, next, total } = raw();
    return { ...parsePage(name, context.walletId, found), fetched: found.length, next, ...(total === undefined ? {} : { total }) };
  }

  const slice = <T>(count: number, page: number, of: (n: number) => T): T[] =>
    Array.from({ length: Math.max(0, Math.min(pageSize, count - (page - 1) * pageSize)) }, (_, i) => of((page - 1) * pageSize + i + 1));

  const whole = (key: string, parallel: boolean, start: Cursor): Partition => ({ key, start, params: {}, parallel });
  const parse = (name: string) => (wallet: string, payload: Json) => parsers[name]!(wallet, payload as unknown as Payload);

  const stores: Stream = {
    name: 'stores', after: [], tables: [STORE], incremental: 'full because the table is small',
    partitions: async () => [whole('all', false, {})],
    page: (context, partition, cursor) => answer('stores', context, partition, cursor, () => ({ payloads: Array.from({ length: world.stores }, (_, i) => payloads.stores(i + 1)), next: null })),
    parse: parse('stores'),
  };
  const costCenters: Stream = {
    name: 'costCenters', after: [], tables: [COST_CENTER], incremental: 'changes',
    partitions: async () => [whole('all', false, { after: 0 })],
    page: (context, partition, cursor) =>
      answer('costCenters', context, partition, cursor, () => {
        const after = Number(cursor['after']);
        const found = Array.from({ length: Math.max(0, Math.min(pageSize, world.costCenters - after)) }, (_, i) => payloads.costCenters(after + i + 1));
        return { payloads: found, next: after + found.length < world.costCenters ? { after: after + found.length } : null };
      }),
    parse: parse('costCenters'),
  };
  const clients: Stream = {
    name: 'clients', after: [], tables: [CLIENT], incremental: 'full because no order is documented',
    partitions: async () => [whole('all', true, { page: 1 })],
    page: (context, partition, cursor) =>
      answer('clients', context, partition, cursor, () => {
        const found = slice(world.clients, Number(cursor['page']), payloads.clients);
        return { payloads: found, next: found.length < pageSize ? null : { page: Number(cursor['page']) + 1 } };
      }),
    parse: parse('clients'),
  };
  const sales: Stream = {
    name: 'sales', after: ['stores', 'clients'], tables: [SALE, SALE_ITEM, INSTALMENT, SALESPERSON], incremental: 'window',
    partitions: async () => ['PRODUCT', 'SERVICE'].map((kind, index) => ({ key: kind, start: { page: 1 }, params: { kind, base: index }, parallel: true })),
    page: (context, partition, cursor) =>
      answer('sales', context, partition, cursor, () => {
        const page = Number(cursor['page']);
        const base = Number(partition.params['base']) * 1_000_000;
        const found = slice(world.sales, page, (n) => payloads.sales(base + n, String(partition.params['kind'])));
        return { payloads: found, next: page * pageSize < world.sales ? { page: page + 1 } : null, total: world.sales };
      }),
    parse: parse('sales'),
  };

  const account = { key: accountKey ?? '77', name: 'Fake Ltda', domain: null, metadata: { fake: true } };
  const connector: FakeConnector = {
    provider: 'GESTAO_CLICK',
    limits: { perSecond, perDay: null },
    typicalLatencyMs: Math.max(20, latencyMs),
    streams: [stores, costCenters, clients, sales],
    world, versions, broken, asked,
    onPage: () => {},
    unauthorized: false,
    closed: false,
    token: () => null,
    accountKey: () => accountKey,
    async account() {
      if (connector.unauthorized) throw new PonteError('PROVIDER_UNAUTHORIZED', 'The token was refused.');
      return account;
    },
    async test() {
      const ok = !connector.unauthorized;
      return {
        ok, status: ok ? 'CONNECTED' : 'UNAUTHORIZED', message: ok ? 'Connected to Fake Ltda.' : 'The token was refused.', hint: ok ? null : 'Create a new token.',
        latencyMs: 1, account: ok ? account : null, token: null, sample: [],
      };
    },
    async close() {
      connector.closed = true;
    },
  };
  return connector;
}
