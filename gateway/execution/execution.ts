// The state of one execution: the data as it grows, what went wrong so far, and which answers are at hand.
import type { Answer } from '../../lib/graphql/run.ts';
import type { FetchBase } from '../planning/plan.ts';
import type { RequestContext } from '../request.ts';
import type { Variables } from '../sources/source.ts';
import type { ClientKeys } from './client-keys.ts';
import type { AnswersAtHand, ExecuteInput } from './executable.ts';
import type { Data } from './slots.ts';
import { Troubles } from './troubles.ts';

/** Why a fetch gave nothing, in the form of an error without a place. */
export interface Failure {
  readonly service: string;
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

export class Execution {
  readonly request: RequestContext;
  readonly coerced: Variables;
  readonly raw: Variables;
  /** Root of the answer, before the client's selection is cut out of it. */
  readonly data: Data;
  readonly troubles: Troubles;
  /** What the client has in the place of canonical keys. */
  readonly keys: ClientKeys | undefined;
  /** Objects of which a subgraph said, without an error, that they do not exist (any more). */
  #gone: Set<object> | undefined;
  /** Objects for which a fetch failed: what depends on it fails for the same reason. */
  #failed: Map<object, Failure> | undefined;
  /** Objects for which a fetch was not sent, because something that it requires is missing. */
  #incomplete: Set<object> | undefined;
  #given: Map<FetchBase, Answer> | undefined;

  constructor({ request, coerced, raw, keys }: ExecuteInput, given?: AnswersAtHand, data: Data = {}) {
    this.request = request;
    this.coerced = coerced;
    this.raw = raw;
    this.data = data;
    this.keys = keys;
    this.troubles = new Troubles(keys);
    if (given && given.size > 0) this.#given = new Map(given);
  }

  /** The answer at hand for a node of the plan: given once. */
  take(node: FetchBase): Answer | undefined {
    const answer = this.#given?.get(node);
    if (answer) this.#given!.delete(node);
    return answer;
  }

  markGone(target: object): void {
    (this.#gone ??= new Set()).add(target);
  }

  isGone(target: unknown): boolean {
    return this.#gone !== undefined && this.#gone.has(target as object);
  }

  markFailed(target: object, failure: Failure): void {
    const failed = (this.#failed ??= new Map());
    if (!failed.has(target)) failed.set(target, failure);
  }

  failureOf(target: object): Failure | undefined {
    return this.#failed?.get(target);
  }

  markIncomplete(target: object): void {
    (this.#incomplete ??= new Set()).add(target);
  }

  /** True where a fetch that should have brought something for this object brought nothing. */
  lacks(target: object): boolean {
    return this.isGone(target) || this.failureOf(target) !== undefined || this.#incomplete?.has(target) === true;
  }

  get hasFailures(): boolean {
    return this.#failed !== undefined;
  }

  /** A fetch that has an id is over, well or not: deferred blocks may depend on it. */
  over(_id: string): void {}
}
