// Says no to who asks too often: each address before any work, each known caller by requests and by what they cost.
import { PonteError } from '../../lib/errors.ts';
import type { Throttle } from '../engine.ts';
import { OPEN } from '../principal.ts';
import type { Result } from '../result.ts';
import { Allowance, networkOf } from './allowance.ts';
import { Ledger, type RateExchange, type RateKind } from './ledger.ts';
import { refuseWith } from './refused.ts';

export interface RateLimits {
  /** Operations that one key or token may run in a minute. Default 600; 0: any number. */
  readonly perCaller: number;
  /** Requests and connections that one address (of IPv6: one /64) may make in a minute. Default 1,200; 0: any number. */
  readonly perAddress: number;
  /** Price of all operations of one key or token in a minute. Default 10,000,000; 0: any. */
  readonly pricePerCaller: number;
}
export const RATE_LIMITS: RateLimits = { perCaller: 600, perAddress: 1_200, pricePerCaller: 10_000_000 };

export interface Rates extends Throttle {
  take(principal: Parameters<Throttle['take']>[0], price: number): Result | null;
  admit(address: string | undefined): Result | null;
  /** Refused so far. */
  readonly refused: number;
  close(): void;
}

const tooOften = (waitMs: number, who: string, hint: string): Result =>
  refuseWith(new PonteError('RATE_LIMITED', `Too much was asked ${who} in the last minute`, { hint, retryable: true, retryAfterMs: Math.ceil(waitMs) }));

export interface RateSurroundings {
  /** To the other processes that share these limits; without it there are none. */
  readonly exchange?: RateExchange | undefined;
  /** Milliseconds, for tests. */
  now?(): number;
}

export function createRates({ perCaller, perAddress, pricePerCaller }: RateLimits, { exchange, now }: RateSurroundings = {}): Rates {
  const callers = perCaller > 0 ? new Allowance(perCaller, now) : null;
  const prices = pricePerCaller > 0 ? new Allowance(pricePerCaller, now) : null;
  const addresses = perAddress > 0 ? new Allowance(perAddress, now) : null;
  const ledger = exchange && new Ledger(exchange, { callers, prices, addresses });
  /** Milliseconds to wait; 0: taken, and told. */
  const take = (kind: RateKind, allowance: Allowance | null, name: string, points: number): number => {
    const wait = allowance?.take(name, points) ?? 0;
    if (allowance && wait === 0) ledger?.note(kind, name, points);
    return wait;
  };
  let refused = 0;
  const told = (result: Result): Result => {
    refused++;
    return result;
  };
  return {
    admit(address) {
      const wait = addresses ? take('addresses', addresses, networkOf(address), 1) : 0;
      return wait === 0 ? null : told(tooOften(wait, 'from this address', 'Ask less often, or for more at once.'));
    },
    take(principal, price) {
      // Everybody on this machine is this one caller: the limit by address stands for it.
      if (principal === OPEN) return null;
      const often = take('callers', callers, principal.id, 1);
      if (often > 0) return told(tooOften(often, 'with this credential', 'Ask less often, or for more at once.'));
      const dear = take('prices', prices, principal.id, price);
      return dear === 0 ? null : told(tooOften(dear, 'with this credential', 'These operations are expensive: ask for fewer rows, or less often.'));
    },
    get refused() {
      return refused;
    },
    close: () => ledger?.close(),
  };
}
