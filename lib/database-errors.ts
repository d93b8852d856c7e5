// What an error of Postgres, or of the way to it, means: by SQLSTATE, by what pg says of a lost connection, by Prisma's codes
// for the same. What clients are told never holds a statement.
import { PonteError } from './errors.ts';

/** STATEMENT: the database is well, what it was asked is not. */
export type DatabaseTrouble = 'LOST' | 'FULL' | 'BUSY' | 'READ_ONLY' | 'BROKEN' | 'STATEMENT';

const LOST_WORDS = /Connection terminated|timeout exceeded when trying to connect|connection error and is not queryable|Client was closed/i;
const NETWORK_CODES: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** Prisma: cannot be reached, too slow to answer, closed; no connection left in the pool, too many connections. */
const PRISMA_CODES: Readonly<Record<string, DatabaseTrouble>> = { P1001: 'LOST', P1002: 'LOST', P1008: 'LOST', P1017: 'LOST', P2024: 'BUSY', P2037: 'BUSY' };

function troubleOfState(state: string): DatabaseTrouble {
  if (state.startsWith('08') || state.startsWith('57P')) return 'LOST';
  if (state === '53100') return 'FULL';
  if (state.startsWith('53')) return 'BUSY';
  if (state === '25006') return 'READ_ONLY';
  return state.startsWith('58') ? 'BROKEN' : 'STATEMENT';
}

/** The SQLSTATE behind an error of pg or of Prisma; null where there is none. */
export function sqlStateOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, meta } = error as { code?: unknown; meta?: { driverAdapterError?: { cause?: { originalCode?: unknown } } } };
  const state = 'severity' in error ? code : meta?.driverAdapterError?.cause?.originalCode;
  return typeof state === 'string' && /^[0-9A-Z]{5}$/.test(state) ? state : null;
}

/** What is wrong with the database; null where the error is none of its. */
export function databaseTrouble(error: unknown): DatabaseTrouble | null {
  if (!(error instanceof Error) || error instanceof PonteError) return null;
  const code = String((error as { code?: unknown }).code ?? '');
  const prisma = 'clientVersion' in error ? PRISMA_CODES[code] : undefined;
  if (prisma !== undefined) return prisma;
  const state = sqlStateOf(error);
  if (state !== null) return troubleOfState(state);
  return NETWORK_CODES.has(code) || LOST_WORDS.test(error.message) ? 'LOST' : null;
}

/** The error to show where the database itself is at fault, and may be well again later; null for anything else. */
export function unavailableDatabase(error: unknown): PonteError | null {
  const more = { retryable: true, cause: error };
  switch (databaseTrouble(error)) {
    case 'LOST':
      return new PonteError('SUBGRAPH_UNAVAILABLE', 'The database cannot be reached.', { ...more, hint: 'Try again in some seconds.' });
    case 'FULL':
      return new PonteError('SUBGRAPH_UNAVAILABLE', 'The database has no space left.', { ...more, hint: 'Make room on its disk; what waits goes on by itself.' });
    case 'BUSY':
      return new PonteError('OVERLOADED', 'The database has no memory or no connection left.', { ...more, hint: 'Try again in some seconds; if it stays so, give the database more, or ask it from fewer processes.' });
    case 'READ_ONLY':
      return new PonteError('SUBGRAPH_UNAVAILABLE', 'The database takes no changes at the moment.', { ...more, hint: 'It is a standby, or was set to read only: point DATABASE_URL to the primary, or wait for the end of the failover.' });
    case 'BROKEN':
      return new PonteError('SUBGRAPH_UNAVAILABLE', 'The database cannot use its files.', { ...more, hint: 'See the log of the database.' });
    default:
      return null;
  }
}
