// Where the text of an operation comes from: the request, a published operation that it names by its hash, or a text that was
// sent before (Apollo's automatic persisted queries). Decides whether a text that nobody published may run.
import { LRUCache } from 'lru-cache';
import { PonteError } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { DocumentSource } from '../engine.ts';
import type { Inquiry } from '../doors/port.ts';
import type { Principal } from '../principal.ts';
import { refusal, type Result } from '../result.ts';
import { documentHash, type DocumentStore } from './document-store.ts';
import { refuseWith } from './refused.ts';
import { TrustedDocuments } from './trusted.ts';

/** off: nobody looks at them. allow: clients may name them. only: nothing else runs, except for callers with the scope `admin`. */
export const TRUST_MODES = ['off', 'allow', 'only'] as const;
export type TrustMode = (typeof TRUST_MODES)[number];

export interface DocumentOptions {
  readonly trust: TrustMode;
  /** Needed unless `trust` is off. */
  readonly store?: DocumentStore | undefined;
  /** Automatic persisted queries; never where only published operations run. */
  readonly automatic: boolean;
  /** Texts of the house's own, which always pass. */
  readonly own: ReadonlySet<string>;
  readonly log: Logger;
}

export interface Documents extends DocumentSource {
  /** The text, where it can be told without waiting. */
  peek(inquiry: Inquiry): string | undefined;
  close(): Promise<void>;
}

const MAX_AUTOMATIC_BYTES = 16 * 1024 * 1024;
const LONGEST_AUTOMATIC = 64 * 1024;
/** How long a first request waits for the published operations. */
const PATIENCE_MS = 2_000;
const HASH = /^(?:sha256:)?([0-9a-f]{64})$/i;
const OK = 200;

const refused = (message: string, code: string, status: number, hint?: string): Result => refusal([{ message, extensions: { code, ...(hint === undefined ? {} : { hint }) } }], { status });
// Apollo Client knows these two by their words, and reads them under 200 as Apollo Server sends them.
const notFound = (): Result => refused('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND', OK);
const notSupported = (): Result => refused('PersistedQueryNotSupported', 'PERSISTED_QUERY_NOT_SUPPORTED', OK);
const unknown = (): Result => refused('There is no published operation with this documentId', 'PERSISTED_QUERY_NOT_FOUND', 404, 'Publish it with `ponte operations publish`, or send its text as `query`.');
const unpublished = (): Result => refuseWith(new PonteError('FORBIDDEN', 'Only published operations run here', { hint: 'Publish it with `ponte operations publish`, and send its hash as `documentId`.' }));
const away = (): Result => refuseWith(new PonteError('SUBGRAPH_UNAVAILABLE', 'The published operations cannot be read at this moment', { retryable: true, retryAfterMs: PATIENCE_MS }));

/** Apollo's extension: the hash, null where there is none, undefined where it is not as it should be. */
function persistedHash({ extensions }: Inquiry): string | null | undefined {
  const persisted = extensions?.['persistedQuery'];
  if (persisted == null) return null;
  const { version, sha256Hash } = persisted as { version?: unknown; sha256Hash?: unknown };
  return version === 1 && typeof sha256Hash === 'string' ? HASH.exec(sha256Hash)?.[1]?.toLowerCase() : undefined;
}

export function createDocuments({ trust, store, automatic, own, log }: DocumentOptions): Documents {
  if (trust !== 'off' && !store) throw new TypeError('Published operations need a store');
  const trusted = trust === 'off' ? null : new TrustedDocuments(store!, log);
  const sent = automatic && trust !== 'only' ? new LRUCache<string, string>({ maxSize: MAX_AUTOMATIC_BYTES, sizeCalculation: (text) => 2 * text.length + 200 }) : null;

  const named = (hash: string): string | undefined => trusted?.find(hash) ?? sent?.get(hash);

  /** A text that came with the request. */
  function given(query: string, hash: string | null, { scopes }: Principal): string | Result {
    if (hash !== null && documentHash(query) !== hash) return refused('The hash does not fit the query', 'BAD_REQUEST', 400, 'sha256Hash is the sha256 of the text of `query`, in hexadecimal.');
    if (trust === 'only' && !scopes.has('admin') && !own.has(query) && trusted!.find(hash ?? documentHash(query)) === undefined) return unpublished();
    if (hash !== null && sent && query.length <= LONGEST_AUTOMATIC) sent.set(hash, query);
    return query;
  }

  function answer({ query, documentId }: Inquiry, hash: string | null, principal: Principal): string | Result {
    if (documentId !== undefined) {
      const id = HASH.exec(documentId)?.[1]?.toLowerCase();
      return (id !== undefined && trusted?.find(id)) || unknown();
    }
    if (query !== undefined) return given(query, hash, principal);
    if (hash === null) return refused('The request holds no query', 'BAD_REQUEST', 400);
    return named(hash) ?? (trusted || sent ? notFound() : notSupported());
  }

  return {
    peek({ query, documentId, extensions }) {
      if (query !== undefined) return query;
      const hash = documentId === undefined ? persistedHash({ extensions }) : HASH.exec(documentId)?.[1]?.toLowerCase();
      return hash == null ? undefined : named(hash);
    },

    resolve(inquiry, principal) {
      const { query, documentId } = inquiry;
      if (query !== undefined && documentId !== undefined) return refused('Send either query or documentId', 'BAD_REQUEST', 400);
      const hash = persistedHash(inquiry);
      if (hash === undefined) return refused('extensions.persistedQuery must hold version 1 and a sha256Hash in hexadecimal', 'BAD_REQUEST', 400);
      const waits = trusted !== null && !trusted.ready && (query === undefined || (trust === 'only' && !own.has(query) && !principal.scopes.has('admin')));
      if (!waits) return answer(inquiry, hash, principal);
      return trusted.wait(PATIENCE_MS).then((ready) => (ready ? answer(inquiry, hash, principal) : away()));
    },

    async close() {
      await trusted?.close();
    },
  };
}
