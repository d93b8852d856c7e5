// A connection to the database: a pg pool for SQL, Prisma over the same pool for the rest.
// Types as the API wants them: numeric and int8 as strings, days as `YYYY-MM-DD`, instants as ISO 8601 in UTC.
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import type { Sql } from '../lib/sql.ts';
import { PrismaClient } from './generated/client.ts';
import { StatementNames } from './statement-names.ts';

const DATE_OID = 1082;
const TIMESTAMPTZ_OID = 1184;
const DATE_ARRAY_OID = 1182;
const TIMESTAMPTZ_ARRAY_OID = 1185;
const TEXT_ARRAY_OID = 1009;

/** `2026-01-02 03:04:05.678+00` to `2026-01-02T03:04:05.678Z`; the session's time zone is UTC. */
const isoInstant = (text: string): string => {
  // Nearly all come with milliseconds, or without a fraction.
  if (text.length === 26 && text.endsWith('+00')) return `${text.slice(0, 10)}T${text.slice(11, 23)}Z`;
  if (text.length === 22 && text.endsWith('+00')) return `${text.slice(0, 10)}T${text.slice(11, 19)}.000Z`;
  const [day, time] = text.replace(/\+00(:00)?$/, '').split(' ');
  if (time === undefined) return text;
  const [seconds, fraction = ''] = time.split('.');
  return `${day}T${seconds}.${fraction.padEnd(3, '0').slice(0, 3)}Z`;
};
const listOf = (parse: (text: string) => string) => (text: string) =>
  text === '{}' ? [] : text.slice(1, -1).split(',').map((item) => parse(item.replaceAll('"', '')));

/** Texts that stand in the array as they are need no parser; most lists of telephones, e-mails, tags and ids are such. */
const textList = (oid: number) => {
  const parse = pg.types.getTypeParser(oid, 'text') as (text: string) => string[];
  return (text: string) => (text === '{}' ? [] : /["\\{]|NULL/.test(text.slice(1)) ? parse(text) : text.slice(1, -1).split(','));
};

const PARSERS: Readonly<Record<number, (text: string) => unknown>> = {
  [DATE_OID]: (text) => text,
  [TIMESTAMPTZ_OID]: isoInstant,
  [DATE_ARRAY_OID]: listOf((text) => text),
  [TIMESTAMPTZ_ARRAY_OID]: listOf(isoInstant),
  [TEXT_ARRAY_OID]: textList(TEXT_ARRAY_OID),
};

/** The `types` option of a pg client or query that wants values as described above. */
export const pgTypes: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => PARSERS[oid] ?? pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

export interface DatabaseOptions {
  /** Through a pooler or direct. */
  url: string;
  /** Without a pooler between: LISTEN, advisory locks, migrations, the queue. Default: `url`. */
  directUrl?: string;
  /** Connections of the pool; default 10. */
  poolSize?: number;
  /** Shown in pg_stat_activity. */
  applicationName?: string;
}

export interface Database {
  readonly url: string;
  readonly directUrl: string;
  readonly pool: pg.Pool;
  readonly prisma: PrismaClient;
  /**
   * Rows of one statement. `prepared`: the plan may be kept, because no value in it decides which plan is right (ids, places
   * in an index); ignored where a pooler stands between, which may hand the next statement to another connection.
   */
  rows<T extends object>(statement: Sql, options?: { readonly prepared?: boolean }): Promise<T[]>;
  /** Runs `work` in one transaction; rolls back when it throws. */
  transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  /** A connection of its own, past any pooler, for LISTEN and locks. The caller ends it. */
  connectDirect(): Promise<pg.Client>;
  /** Called with the text of every statement that `rows` sends; a function that it gives is called when the statement has ended, with the error where it failed. Returns the way to stop. */
  onStatement(listener: (text: string) => unknown): () => void;
  close(): Promise<void>;
}

const sessionOptions = '-c TimeZone=UTC';

export function createDatabase({ url, directUrl = url, poolSize = 10, applicationName = 'ponte' }: DatabaseOptions): Database {
  const base = { application_name: applicationName, options: sessionOptions, types: pgTypes };
  const pool = new pg.Pool({ connectionString: url, max: poolSize, ...base });
  pool.on('error', () => {}); // an idle connection that breaks is replaced; a query that needs one reports it
  pool.on('connect', (client) => client.on('error', () => {})); // so does one that breaks between two statements of a transaction
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const listeners = new Set<(text: string) => unknown>();
  const names = directUrl === url ? new StatementNames() : undefined;
  return {
    url,
    directUrl,
    pool,
    prisma,
    async rows<T extends object>(statement: Sql, { prepared = false }: { readonly prepared?: boolean } = {}) {
      const { text, values } = statement; // the text is built when it is asked for
      const ended = listeners.size === 0 ? undefined : [...listeners].map((listener) => listener(text)).filter((end) => typeof end === 'function');
      const name = prepared ? names?.of(text) : undefined;
      try {
        const { rows } = await pool.query<T>(name === undefined ? { text, values } : { name, text, values });
        for (const end of ended ?? []) end();
        return rows;
      } catch (error) {
        for (const end of ended ?? []) end(error);
        throw error;
      }
    },
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const result = await work(client);
        await client.query('COMMIT');
        client.release();
        return result;
      } catch (error) {
        const broken = await client.query('ROLLBACK').then(() => undefined, (e: Error) => e);
        client.release(broken);
        throw error;
      }
    },
    async connectDirect() {
      const client = new pg.Client({ connectionString: directUrl, keepAlive: true, ...base });
      client.on('error', () => {}); // the owner learns it from 'end'
      await client.connect();
      return client;
    },
    onStatement(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      await prisma.$disconnect();
      await pool.end();
    },
  };
}
