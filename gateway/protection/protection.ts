// Everything that stands between the doors and the graph, made from one set of options. What is left out is safe: limits, rates
// and load shedding are on, and published operations and kept answers are off.
import type { Logger } from '../../lib/log.ts';
import type { AnswerStore, DocumentSource, Throttle } from '../engine.ts';
import type { OperationRules } from '../operations/index.ts';
import type { Caller } from '../options.ts';
import { OPERATIONS } from '../rest/index.ts';
import type { Result } from '../result.ts';
import { createAnswers, type KeptAnswers, type RowsChanged } from './answers.ts';
import { cachePolicyOf } from './cache-policy.ts';
import type { DocumentStore } from './document-store.ts';
import { createDocuments, type TrustMode } from './documents.ts';
import type { RateExchange } from './ledger.ts';
import { Overload, OVERLOAD_LIMITS, type OverloadLimits } from './overload.ts';
import { createRates, RATE_LIMITS, type RateLimits } from './rates.ts';
import { createRules, type OperationLimits } from './rules.ts';

export interface ProtectionOptions {
  /** What one operation may look like and cost. */
  readonly limits?: Partial<OperationLimits>;
  /** How much may be asked in a minute; 0 switches a limit off. */
  readonly rates?: Partial<RateLimits>;
  /** To the other processes on the same port, which share these rates; without it there are none. */
  readonly rateExchange?: RateExchange;
  /** When new requests are refused; 0 switches a sign off. */
  readonly overload?: Partial<OverloadLimits>;
  /** Default off. */
  readonly trust?: TrustMode;
  /** Where published operations are; needed unless `trust` is off. */
  readonly documents?: DocumentStore;
  /** Automatic persisted queries. Default true. */
  readonly automaticQueries?: boolean;
  /** Bytes of kept answers. Default 0: none are kept. */
  readonly cacheBytes?: number;
  /** Tells when rows change, so that answers made of them are forgotten. */
  readonly onRowsChanged?: RowsChanged;
}

export interface Protection {
  readonly rules: Omit<OperationRules, 'introspection'>;
  readonly documents: DocumentSource;
  readonly throttle: Throttle;
  /** Absent where no answers are kept. */
  readonly answers: AnswerStore | undefined;
  admit(caller: Caller): Result | null;
  /** The event loop is held up by work of our own until the returned function is called: no reason to refuse anybody. */
  excuse(): () => void;
  readonly stats: ProtectionStats;
  close(): Promise<void>;
}

export interface ProtectionStats {
  /** Refused since the start, by reason. */
  readonly refused: { readonly rate: number; readonly load: number };
  readonly shedding: boolean;
  readonly lagMs: number;
  readonly answers: KeptAnswers['stats'] | null;
}

export interface ProtectionSurroundings {
  /** Requests under way. */
  load(): number;
  readonly log: Logger;
}

export function createProtection(options: ProtectionOptions, { load, log }: ProtectionSurroundings): Protection {
  const overload = new Overload({ ...OVERLOAD_LIMITS, ...options.overload, load, log });
  const rates = createRates({ ...RATE_LIMITS, ...options.rates }, { exchange: options.rateExchange });
  const answers = options.cacheBytes ? createAnswers({ maxBytes: options.cacheBytes, onRowsChanged: options.onRowsChanged }) : undefined;
  const documents = createDocuments({
    trust: options.trust ?? 'off',
    store: options.documents,
    automatic: options.automaticQueries ?? true,
    own: new Set(Object.values(OPERATIONS)),
    log,
  });
  return {
    rules: { ...createRules(options.limits), ...(answers ? { cachePolicy: cachePolicyOf } : {}) },
    documents,
    throttle: rates,
    answers,
    admit: ({ remoteAddress }) => overload.admit() ?? rates.admit(remoteAddress),
    excuse: () => overload.excuse(),
    get stats() {
      return { refused: { rate: rates.refused, load: overload.refused }, shedding: overload.shedding, lagMs: overload.lagMs, answers: answers?.stats ?? null };
    },
    async close() {
      overload.close();
      rates.close();
      answers?.close();
      await documents.close();
    },
  };
}
