// How much each caller may take in a minute: a full minute's worth at once, and then as it comes back. Two numbers for each
// caller, no timer, no promise (the doors ask before they do anything else), and a bounded number of callers: who was
// not heard of for longest is forgotten, which is only ever generous.
import { LRUCache } from 'lru-cache';
import { isIPv6 } from 'node:net';

const WINDOW_MS = 60_000;
const MAX_CALLERS = 50_000;

export class Allowance {
  readonly #msPerPoint: number;
  readonly #perMinute: number;
  readonly #now: () => number;
  /** When everything that a caller took will have come back. */
  readonly #settled = new LRUCache<string, number>({ max: MAX_CALLERS });

  /** `now`: milliseconds, for tests. */
  constructor(perMinute: number, now: () => number = () => performance.now()) {
    this.#perMinute = perMinute;
    this.#msPerPoint = WINDOW_MS / perMinute;
    this.#now = now;
  }

  /** Takes `points`, or nothing: then milliseconds until there would be enough. 0: taken. */
  take(caller: string, points = 1): number {
    const now = this.#now();
    const settled = Math.max(now, this.#settled.get(caller) ?? 0) + Math.min(points, this.#perMinute) * this.#msPerPoint;
    const wait = settled - now - WINDOW_MS;
    if (wait > 1e-6) return wait;
    this.#settled.set(caller, settled);
    return 0;
  }

  /** What was taken elsewhere, and cannot be refused any more. Nobody is sent away for longer than a minute by it. */
  charge(caller: string, points: number): void {
    const now = this.#now();
    const settled = Math.max(now, this.#settled.get(caller) ?? 0) + points * this.#msPerPoint;
    this.#settled.set(caller, Math.min(settled, now + WINDOW_MS));
  }
}

/** One name for what one subscriber of a provider holds: an IPv4 address, or the /64 of an IPv6 address. */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  if (!address.includes(':') || !isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.split('%', 1)[0]!.toLowerCase().split('::', 2);
  const left = head === '' ? [] : head.split(':');
  const right = tail ? tail.split(':') : [];
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return `${[...left, ...zeros, ...right].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`;
}
