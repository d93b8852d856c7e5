// The port between the engine and the connectors. A connector speaks a provider's HTTP dialect and turns its JSON into
// rows; the engine decides when and what to read, keeps checkpoints, writes the rows and tells the progress.
// Neither knows more of the other than this file.

export type Provider = 'GESTAO_CLICK' | 'KOMMO';
export type SyncMode = 'FULL' | 'INCREMENTAL';

/** Anything JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

// ------------------------------------------------------------------------------------------------ tables and rows

/** Postgres type of a column, as `json_to_recordset` and COPY need it. */
export type ColumnType = 'uuid' | 'text' | 'int4' | 'int8' | 'numeric' | 'bool' | 'date' | 'timestamptz' | 'jsonb' | 'text[]' | 'uuid[]';

/** A table that a stream writes. The engine builds its statements from this. */
export interface TableSpec {
  /** Schema and table: `gestao_click.sale`. */
  readonly name: string;
  /** Every column that a row carries (snake_case), with its type. The engine itself adds content_hash and synced_at. */
  readonly columns: Readonly<Record<string, ColumnType>>;
  /** Columns of the primary key. */
  readonly key: readonly string[];
  /**
   * `upsert`: insert or update where the content hash differs (has `metadata`, `content_hash`, `synced_at`).
   * `children`: rows that belong to one row of the stream's main table; replaced as a whole when that row changed.
   * `missing`: inserted only where the key does not exist yet (a placeholder for a record that another stream owns).
   */
  readonly write: 'upsert' | 'children' | 'missing';
  /** For `children`: the column that holds the id of the main row. */
  readonly parent?: string;
  /**
   * For `children` that share their table with other rows of the same parent: constant columns that limit which rows
   * are replaced, e.g. `{ origin: 'INSTALMENT' }`.
   */
  readonly scope?: Readonly<Record<string, string>>;
  /** What subscribers are told about rows of this table (`SALE`, `CONTACT` ...); absent: nothing. */
  readonly recordType?: string;
}

/** Column name to value. Numbers that are money or quantities travel as decimal strings; days as `YYYY-MM-DD`; instants as ISO 8601. */
export type Row = Readonly<Record<string, unknown>>;

/** One record of the provider, ready to be written: the main row, and the rows of other tables that come with it. */
export interface ParsedRecord {
  readonly externalId: string;
  /** Row of the stream's main table (`Stream.tables[0]`). */
  readonly row: Row;
  /** Rows of the other tables, by table name. */
  readonly others?: Readonly<Record<string, readonly Row[]>>;
}

/** A record that could not be parsed; it becomes a dead letter and the run goes on. */
export interface RejectedRecord {
  readonly externalId: string | null;
  readonly code: string;
  /** Field path and reason: `pagamentos.0.valor: expected a decimal, got "abc"`. */
  readonly message: string;
  /** The record as it came. */
  readonly payload: Json;
}

// ------------------------------------------------------------------------------------------------- reading streams

/** Where a page starts. Numbered: `{ page: 3 }`. Keyset: the connector's own shape. */
export type Cursor = { readonly [key: string]: Json };

/** An independent part of a stream: one `tipo` of one store, one window of dates, or all of it. */
export interface Partition {
  /** Stable inside one plan: a resumed run finds its place again by it. */
  readonly key: string;
  readonly start: Cursor;
  /** What `Stream.page` needs to know about the part (filters). */
  readonly params: { readonly [key: string]: Json };
  /**
   * True: pages are numbered (`{ page: n }`), stable while being read, and page n+1 may be asked before page n has
   * answered. False: the next cursor is known only from the page before.
   */
  readonly parallel: boolean;
  /** Records that the provider announced for it, where a probe told. */
  readonly expected?: number;
}

export interface FetchedPage {
  readonly records: readonly ParsedRecord[];
  readonly rejected: readonly RejectedRecord[];
  /** Records that the provider sent on this page (parsed + rejected + skipped as doubles). */
  readonly fetched: number;
  /** Where to go on; null after the last page of the partition. */
  readonly next: Cursor | null;
  /** Records in the whole partition, where the provider says. */
  readonly total?: number;
}

/** What a stream is asked to read. */
export interface ReadContext {
  readonly walletId: string;
  readonly mode: SyncMode;
  /** For INCREMENTAL: the watermark that the last good run left; null where there is none (then the stream reads all). */
  readonly watermark: Json;
  /** For INCREMENTAL: an instant given by the caller, which goes before the watermark. */
  readonly since: Date | null;
  /** When the run started: the upper end of every window. */
  readonly startedAt: Date;
  readonly signal: AbortSignal;
}

export interface Stream {
  /** Name in the API: `sales`, `contacts`, `deals` ... */
  readonly name: string;
  /** Streams of the same connector that must be read before (only an order, never a condition). */
  readonly after: readonly string[];
  /** Main table first; `tables[0].write` is `upsert`. */
  readonly tables: readonly TableSpec[];
  /** How INCREMENTAL is read: `changes` (only what changed), `window` (recent business dates), or `full because ...`. */
  readonly incremental: string;
  /** Plans the reading: asks the provider for totals where that saves requests. Small streams give one partition. */
  partitions(context: ReadContext): Promise<readonly Partition[]>;
  /** Asks for one page and parses it. Throws PonteError (PROVIDER_*) when the provider fails for good. */
  page(context: ReadContext, partition: Partition, cursor: Cursor): Promise<FetchedPage>;
  /** The watermark to keep after a complete read; default: `{ at: startedAt }`. */
  watermark?(context: ReadContext): Json;
  /** Parses one stored payload again (replay of a dead letter). */
  parse(walletId: string, payload: Json): ParsedRecord;
}

// -------------------------------------------------------------------------------------------------------- accounts

export type ConnectionStatus =
  | 'CONNECTED'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'PAYMENT_REQUIRED'
  | 'RATE_LIMITED'
  | 'BLOCKED'
  | 'TIMEOUT'
  | 'UNREACHABLE'
  | 'UNEXPECTED_RESPONSE'
  | 'NOT_CONFIGURED';

/** What the provider's token says about itself. Null where it says nothing. */
export interface TokenFacts {
  readonly expiresAt: string | null;
  readonly daysLeft: number | null;
  readonly scopes: readonly string[];
  readonly missingScopes: readonly string[];
}

/** The account behind the credentials. */
export interface Account {
  /** Kommo: account id. Gestão Click (no account endpoint): the lowest store id. */
  readonly key: string;
  readonly name: string;
  readonly domain: string | null;
  /** What the provider tells about the account, whole; goes into `Wallet.metadata`. Never a secret. */
  readonly metadata: Json;
}

/** Answer of a connection test: one human sentence, one hint. */
export interface ConnectionTest {
  readonly ok: boolean;
  readonly status: ConnectionStatus;
  readonly message: string;
  readonly hint: string | null;
  readonly latencyMs: number;
  readonly account: Account | null;
  readonly token: TokenFacts | null;
  /** A first look at the data: how many, and a few names. */
  readonly sample: readonly { readonly stream: string; readonly count: number | null; readonly names: readonly string[] }[];
}

/** Asks for the right to send one request; resolves when it may be sent. Kept by the engine, used by the connector. */
export interface QuotaGate {
  /**
   * May give a function to call when the request has left (or failed to): until then the gate counts it as not yet sent.
   * Throws PonteError PROVIDER_RATE_LIMITED with `retryAfterMs` when the day's budget is spent.
   */
  acquire(signal: AbortSignal): Promise<void | (() => void)>;
  /** The provider said 429 (or blocked the address): nobody asks again before `waitMs` has passed. */
  penalize(waitMs: number, reason: string): Promise<void>;
}

/** Limits of one provider account. */
export interface QuotaLimits {
  readonly perSecond: number;
  readonly perDay: number | null;
}

/** One provider account with its credentials, ready to be read. */
export interface Connector {
  readonly provider: Provider;
  readonly limits: QuotaLimits;
  /** Typical time to the first byte of a page, ms: with the rate it gives the number of requests in flight. */
  readonly typicalLatencyMs: number;
  readonly streams: readonly Stream[];
  /** What can be said about the token without asking the provider; null where nothing can. */
  token(): TokenFacts | null;
  /** Key of the account where the token tells it (Kommo), else null until `account()` was asked. */
  accountKey(): string | null;
  /** Finds out whose account this is. Throws PonteError PROVIDER_*. */
  account(signal: AbortSignal): Promise<Account>;
  /** Tests the connection; never throws for a provider's answer, only on abort. */
  test(signal: AbortSignal): Promise<ConnectionTest>;
  close(): Promise<void>;
}
