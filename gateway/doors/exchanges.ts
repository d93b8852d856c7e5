// What is under way on HTTP: requests that an answer is being made for, and streams that are open. Each ends with its client,
// and all of them with the server.
import type { ServerResponse } from 'node:http';
import type { Principal } from '../principal.ts';
import { clientGone, type RequestContext } from '../request.ts';
import type { Engine, Exchange } from './port.ts';

export class Exchanges {
  readonly #engine: Engine;
  readonly #requests = new Set<RequestContext>();
  readonly #streams = new Set<AbortController>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get requests(): number {
    return this.#requests.size;
  }

  get streams(): number {
    return this.#streams.size;
  }

  /** The request behind `res`: aborted when the client leaves, ended when the answer is out. */
  begin(principal: Principal, exchange: Exchange, res: ServerResponse): RequestContext {
    const request = this.#engine.begin(principal, exchange);
    this.#requests.add(request);
    if (res.destroyed) this.#over(request, res);
    else res.on('close', () => this.#over(request, res));
    return request;
  }

  #over(request: RequestContext, res: ServerResponse): void {
    if (!res.writableFinished) request.abort(clientGone());
    this.#requests.delete(request);
    this.#engine.end(request);
  }

  /** A signal for a stream on `res`: aborted by its client, its credential, or the server. */
  follow(principal: Principal, res: ServerResponse, reasonOfEnd: () => unknown): AbortSignal {
    const controller = new AbortController();
    const { ended } = principal;
    const expire = () => controller.abort(reasonOfEnd());
    this.#streams.add(controller);
    ended?.addEventListener('abort', expire, { once: true });
    if (ended?.aborted) expire();
    const over = () => {
      this.#streams.delete(controller);
      ended?.removeEventListener('abort', expire);
      controller.abort(clientGone());
    };
    if (res.destroyed) over();
    else res.once('close', over);
    return controller.signal;
  }

  abortStreams(reason: unknown): void {
    for (const controller of this.#streams) controller.abort(reason);
  }

  abortRequests(reason: unknown): void {
    for (const request of this.#requests) request.abort(reason);
  }
}
