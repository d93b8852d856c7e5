// One line for each operation that somebody may want to read about. Never variables, never texts, never a credential: names that clients
// chose are cut and stripped before they are written.
import type { Logger } from '../../lib/log.ts';
import type { Principal } from '../principal.ts';
import { safeName } from './operation-labels.ts';

/** `slow`: the slow and the failed ones, and the others at level debug; `all`: every one; `off`: none. */
export const OPERATION_LOGS = ['slow', 'all', 'off'] as const;
export type OperationLogs = (typeof OPERATION_LOGS)[number];

export interface OperationLine {
  readonly request: string | undefined;
  readonly door: string;
  readonly kind: string;
  readonly operation: string | undefined;
  readonly hash: string | undefined;
  readonly principal: Principal;
  readonly ms: number;
  readonly fetches?: number;
  readonly tier?: string | undefined;
  readonly fallback?: string | undefined;
  readonly price?: number | undefined;
  /** Codes of its errors. */
  readonly codes: readonly string[];
}

const MOST_WALLETS = 5;
const MOST_CODES = 5;
const LONGEST = 200;

const printable = (text: string): string => text.slice(0, LONGEST).replace(/[^\x20-\x7e]/g, '?');

function walletsOf({ wallets }: Principal): string | readonly string[] {
  if (wallets === 'all') return 'all';
  return wallets.length <= MOST_WALLETS ? wallets : [...wallets.slice(0, MOST_WALLETS), `and ${wallets.length - MOST_WALLETS} more`];
}

const attributesOf = ({ request, door, kind, operation, hash, principal, ms, fetches, tier, fallback, price, codes }: OperationLine): object => ({
  ...(request === undefined ? {} : { request: printable(request) }),
  door,
  kind,
  ...(operation === undefined ? {} : { operation: safeName(operation) }),
  ...(hash === undefined ? {} : { hash }),
  principal: printable(principal.id),
  wallets: walletsOf(principal),
  ms: Math.round(ms * 10) / 10,
  ...(fetches === undefined ? {} : { fetches }),
  ...(tier === undefined ? {} : { tier }),
  ...(fallback === undefined ? {} : { fallback }),
  ...(price === undefined ? {} : { price }),
  ...(codes.length === 0 ? {} : { codes: [...new Set(codes)].slice(0, MOST_CODES) }),
});

export type WriteOperation = (line: OperationLine, sentence: string) => void;

/** `slowMs`: what takes longer is slow. A stream is not slow for being open. */
export function createOperationLog({ log, which, slowMs }: { log: Logger; which: OperationLogs; slowMs: number }): WriteOperation {
  if (which === 'off') return () => undefined;
  return (line, sentence) => {
    const matters = which === 'all' || line.codes.length > 0 || (line.kind !== 'subscription' && line.ms >= slowMs);
    if (matters) log.info(attributesOf(line), sentence);
    else if (log.writes?.('debug') ?? true) log.debug(attributesOf(line), sentence);
  };
}
