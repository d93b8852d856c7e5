// The port between the doors and what stands behind them: a door knows HTTP, WebSocket and their dialects; the engine knows
// callers, operations and the graph. Whoever opens the doors fills it.
import type { IncrementalResult } from '../execution/executable.ts';
import type { Caller, Readiness } from '../options.ts';
import type { Principal } from '../principal.ts';
import type { RequestContext } from '../request.ts';
import type { Result } from '../result.ts';

/** What a client asks for, as it was read: the types are checked, nothing else is. */
export interface Inquiry {
  /** Absent only where `documentId` or `extensions.persistedQuery` names the document. */
  readonly query?: string | undefined;
  /** Name of a document that the server knows (GraphQL over HTTP, persisted documents). */
  readonly documentId?: string | undefined;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | null | undefined;
  /** True where the request came by GET: a mutation must be refused, also where its text comes from a store. */
  readonly readOnly?: boolean;
}

export type DoorName = 'http' | 'multipart' | 'sse' | 'websocket' | 'rest';

/** The way by which a request came: for logs, traces, and the end of its work. */
export interface Exchange {
  /** The client's `x-request-id` where it is sane, or one of ours. All operations of one WebSocket share it. */
  readonly id: string;
  readonly door: DoorName;
  readonly caller: Caller;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

/** A subscription of one client. */
export interface StreamRequest extends Exchange {
  readonly principal: Principal;
  readonly signal: AbortSignal;
}

export interface OperationKind {
  readonly operation: 'query' | 'mutation' | 'subscription';
  /** It holds `@defer`, and can be answered in parts. */
  readonly incremental: boolean;
}

export interface Engine {
  /**
   * Load shedding and limits by address: asked before any work, at the handshake of a WebSocket too. A result is the answer.
   * Limits by principal belong into `execute` and `subscribe`, which know `principal` and run once per operation on every door.
   */
  admit?(caller: Caller): Result | null;
  /** Throws a PonteError where the caller is refused (UNAUTHENTICATED, FORBIDDEN, RATE_LIMITED …); its code decides the HTTP status. */
  authenticate(caller: Caller): Principal | Promise<Principal>;
  /** Cheap: from the cache of prepared operations, else by parsing. Null: cannot be read, and `execute` says why. */
  operationKind(inquiry: Inquiry): OperationKind | null;
  /** The request of one operation. `end` is called once, when the answer is out or the client is gone. */
  begin(principal: Principal, exchange: Exchange): RequestContext;
  end(request: RequestContext): void;
  /** Queries and mutations, and the refusal of anything that cannot run. Never rejects. */
  execute(inquiry: Inquiry, request: RequestContext): Promise<Result>;
  /** The same for operations with `@defer`, where the client reads parts. `return()` stops the work. */
  executeIncremental(inquiry: Inquiry, request: RequestContext): Promise<Result | AsyncGenerator<IncrementalResult, void, void>>;
  /**
   * A stream of answers, or the reason why there is none. It is pulled only when the client has room, so it should keep the newest
   * state, not a queue. `return()` ends it upstream at once, and settles a pending `next()`. The doors end it when the
   * client leaves or `principal.ended` is aborted.
   */
  subscribe(inquiry: Inquiry, request: StreamRequest): Promise<AsyncGenerator<Result, void, void> | Result>;
  readiness(): Promise<Readiness>;
  /** Prometheus text. Shown to principals with `admin`. */
  metrics?(): Promise<string>;
}
