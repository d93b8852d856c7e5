// What is under way on HTTP: requests that an answer is being made for, and streams that are open. Each ends with its client,
// and all of them with the server.
import type { ServerResponse } from 'node:http';
import { Bag, type Place } from '../../lib/bag.ts';
import type { Principal } from '../principal.ts';
import { clientGone, type RequestContext } from '../request.ts';
import type { Engine, Exchange } from './port.ts';

export class Exchanges {
  readonly #engine: Engine;
  readonly #requests = new Bag<RequestContext>();
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
    const place = this.#requests.add(request);
    if (res.destroyed) this.#over(place, res);
    else res.on('close', () => this.#over(place, res));
    return request;
  }

  #over(place: Place<RequestContext>, res: ServerResponse): void {
    const request = place.value;
    if (!res.writableFinished) request.abort(clientGone());
    this.#requests.remove(place);
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
    for (const request of this.#requests.values()) request.abort(reason);
  }
}
