// What is known of Gestão Click's endpoints, as data (gestao-click.md 4, 5, 10): where a stream is read, how it is divided,
// and how an incremental run reads it. The API has no changed-since filter anywhere.

/** The ERP's `tipo` of a sale. /vendas without it gives product sales only (gestao-click.md 4). */
export type SaleTipo = 'produto' | 'servico' | 'vendas_balcao';

export interface Endpoint {
  /** Name in the API of Ponte. */
  readonly stream: string;
  readonly path: string;
  /** Streams that are read before, so that references mostly have their target. */
  readonly after: readonly string[];
  /** Whether the list covers one store only, so that every store is asked. */
  readonly perStore: boolean;
  /**
   * Values of `tipo`, in reading order. A record that comes under two of them is one record, and the `tipo` read LAST
   * wins: pages are committed in the order in which they are planned, so produto goes before servico, and servico before
   * vendas_balcao, also after a resumed run, with nothing to remember.
   */
  readonly tipos: readonly SaleTipo[] | null;
  /** What data_inicio and data_fim cut: the document's day, or a title's effective day (paid, else due). */
  readonly window: 'business day' | 'effective day' | null;
  /** How INCREMENTAL is read. */
  readonly incremental: string;
  /** Calls of the quota that a page costs. */
  readonly cost: number;
}

/** Rows on a page: the maximum, larger values are cut silently (gestao-click.md 3.2). */
export const PAGE_SIZE = 100;

/** Titles are read through one window as long as it has no more pages than this. */
export const PAGES_PER_WINDOW = 50;

/** In ascending order of ids what is inserted while reading comes at the end, and moves no page. */
export const ORDERING = [
  ['ordenacao', 'id'],
  ['direcao', 'asc'],
] as const;

/** Query names whose values may be logged: no names, documents or telephone numbers. */
export const HARMLESS_QUERY = ['pagina', 'limite', 'ordenacao', 'direcao', 'loja_id', 'tipo', 'data_inicio', 'data_fim'] as const;

/** 3 requests a second and 30,000 a day, counted for the company: all its tokens together (gestao-click.md 2). */
export const LIMITS = { perSecond: 3, perDay: 30_000 } as const;

/** Between titles (270 ms) and sales (1.4 s), as seen in October 2025 (gestao-click.md 11, item 18). */
export const TYPICAL_LATENCY_MS = 800;

/** How far back and ahead is read. */
export interface Reach {
  /** Titles with an effective day before this many days are not read at all. */
  readonly titlesPastDays: number;
  /** ... nor those that lie further ahead. */
  readonly titlesAheadDays: number;
  /** INCREMENTAL: documents of this many days before the last run are read again, since old sales change their state. */
  readonly documentLookbackDays: number;
  /** INCREMENTAL: the same for titles, at least: the oldest one that is still open is read again too. */
  readonly titleLookbackDays: number;
  /** ... unless it was due more than this many days ago. */
  readonly openTitlesPastDays: number;
}

export const DEFAULT_REACH: Reach = {
  titlesPastDays: 3653,
  titlesAheadDays: 1827,
  documentLookbackDays: 30,
  titleLookbackDays: 60,
  openTitlesPastDays: 731,
};

/** Sales may be dated ahead; a window on their day ends this many days after today. */
export const DOCUMENTS_AHEAD_DAYS = 366;

const small = (stream: string, path: string, after: readonly string[] = []): Endpoint => ({
  stream,
  path,
  after,
  perStore: false,
  tipos: null,
  window: null,
  incremental: 'full because the list is small and has no changed-since filter',
  cost: 1,
});

const whole = (stream: string, path: string, after: readonly string[]): Endpoint => ({
  ...small(stream, path, after),
  incremental: 'full because there is no changed-since filter and no date filter',
});

const BY_DOCUMENT_DAY = 'window: documents dated from 30 days before the last run, because there is no changed-since filter';
const BY_EFFECTIVE_DAY = 'window: titles due or paid from the oldest open one on, or from 60 days before the last run, because there is no changed-since filter';

// Only definitions go before what uses them. The long lists do not wait for each other: a reference may come before the
// record it names, and one list after the other would leave the provider's rate idle at every change.
export const ENDPOINTS = {
  stores: small('stores', '/lojas'),
  users: small('users', '/usuarios'),
  employees: small('employees', '/funcionarios'),
  saleStatuses: small('sale_statuses', '/situacoes_vendas'),
  paymentMethods: small('payment_methods', '/formas_pagamentos'),
  bankAccounts: small('bank_accounts', '/contas_bancarias'),
  ledgerAccounts: small('ledger_accounts', '/planos_contas'),
  costCenters: small('cost_centers', '/centros_custos'),
  products: whole('products', '/produtos', ['stores']),
  services: whole('services', '/servicos', ['stores']),
  clientAttributes: small('client_attributes', '/atributos_cadastros'),
  saleAttributes: small('sale_attributes', '/atributos_vendas'),
  clients: whole('clients', '/clientes', ['client_attributes']),
  sales: {
    stream: 'sales',
    path: '/vendas',
    after: ['stores', 'sale_statuses', 'sale_attributes', 'payment_methods'],
    perStore: true,
    tipos: ['vendas_balcao', 'servico', 'produto'],
    window: 'business day',
    incremental: BY_DOCUMENT_DAY,
    cost: 1,
  },
  quotes: {
    stream: 'quotes',
    path: '/orcamentos',
    after: ['stores'],
    perStore: true,
    tipos: ['servico', 'produto'],
    window: 'business day',
    incremental: BY_DOCUMENT_DAY,
    cost: 1,
  },
  receivables: {
    stream: 'receivables',
    path: '/recebimentos',
    after: ['stores', 'bank_accounts', 'ledger_accounts'],
    perStore: true,
    tipos: null,
    window: 'effective day',
    incremental: BY_EFFECTIVE_DAY,
    cost: 1,
  },
  payables: {
    stream: 'payables',
    path: '/pagamentos',
    after: ['stores', 'bank_accounts', 'ledger_accounts'],
    perStore: true,
    tipos: null,
    window: 'effective day',
    incremental: BY_EFFECTIVE_DAY,
    cost: 1,
  },
} as const satisfies Record<string, Endpoint>;
