// What a simulator saw: an outside party's count of requests, against which a client's own quota is checked.

export interface Arrival {
  /** Monotonic milliseconds. */
  at: number;
  method: string;
  path: string;
  /** 0 while unanswered, and for good where the answer was a timeout or a reset. */
  status: number;
}

export interface StatsSnapshot {
  requests: number;
  /** Requests per path, ids written as `{id}`. */
  byPath: Record<string, number>;
  byStatus: Record<string, number>;
  /** The most requests that arrived within any 1,000 ms, among those still in the ring. */
  peakPerSecond: number;
}

const RING = 50_000;

export class Stats {
  requests = 0;
  readonly byPath = new Map<string, number>();
  readonly byStatus = new Map<number, number>();
  #ring: Arrival[] = [];
  #next = 0;

  /** Notes an arrival; its `status` is filled in by `answered`. */
  arrived(method: string, path: string): Arrival {
    const arrival: Arrival = { at: performance.now(), method, path, status: 0 };
    if (this.#ring.length < RING) this.#ring.push(arrival);
    else this.#ring[this.#next] = arrival;
    this.#next = (this.#next + 1) % RING;
    this.requests += 1;
    const key = path.replace(/\/\d+(?=\/|$)/g, '/{id}');
    this.byPath.set(key, (this.byPath.get(key) ?? 0) + 1);
    return arrival;
  }

  answered(arrival: Arrival, status: number): void {
    arrival.status = status;
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1);
  }

  /** The last 50,000 arrivals, oldest first. */
  arrivals(): readonly Arrival[] {
    return this.#ring.length < RING
      ? [...this.#ring]
      : [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }

  /** The most arrivals within any `windowMs` milliseconds, refused ones included. */
  peak(windowMs = 1000): number {
    const times = this.arrivals().map((arrival) => arrival.at);
    let most = 0;
    for (let from = 0, to = 0; to < times.length; to++) {
      while ((times[to] as number) - (times[from] as number) >= windowMs) from++;
      most = Math.max(most, to - from + 1);
    }
    return most;
  }

  snapshot(): StatsSnapshot {
    return {
      requests: this.requests,
      byPath: Object.fromEntries(this.byPath),
      byStatus: Object.fromEntries(this.byStatus),
      peakPerSecond: this.peak(),
    };
  }

  reset(): void {
    this.requests = 0;
    this.byPath.clear();
    this.byStatus.clear();
    this.#ring = [];
    this.#next = 0;
  }
}
