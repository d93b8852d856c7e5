// Delivery of webhooks (kommo.md 6.4): two seconds to answer, up to five attempts, a counter that disables a receiver
// which keeps failing. Not signed. Order is not promised, and may be lost, doubled or turned round by switches.
import { randomUUID } from 'node:crypto';
import { request } from 'undici';
import type { CrmChange } from '../world/crm-changes.ts';
import type { Crm } from '../world/crm.ts';
import type { Rng } from '../world/index.ts';
import { encodeHook, hookEvents } from './hook-body.ts';
import type { Subscription, Subscriptions } from './subscriptions.ts';
import type { KommoSwitches } from './switches.ts';

const MINUTE = 60_000;
/** Wait before attempt 2, 3, 4, 5. The last two are for 499 and 5xx only. */
const WAITS_MS = [5 * MINUTE, 15 * MINUTE, 15 * MINUTE, 60 * MINUTE];
const WINDOW_MS = 120 * MINUTE;
const MAX_FAILURES = 100;

export interface Delivery {
  destination: string;
  code: string;
  body: string;
  /** 1 to 5. */
  attempt: number;
  /** Answer of the receiver; 499 where it took too long, 0 where no connection was made. */
  status: number;
}

export interface HookSender {
  /** What was sent so far, oldest first. */
  deliveries(): readonly Delivery[];
  /** True while something is under way, held back, or waits for its next attempt. */
  busy(): boolean;
  close(): void;
}

interface Parcel {
  destination: string;
  code: string;
  body: string;
}

export interface HookSenderOptions {
  crm: Crm;
  subscriptions: Subscriptions;
  switches: KommoSwitches;
  /** Address of the account, for `account[_links][self]`. */
  origin: () => string;
  rng: Rng;
}

export const succeeded = (status: number): boolean => status >= 100 && status < 300;

/** Whether attempt number `attempt` is followed by another one, and after which wait; undefined: it was the last. */
export function nextWaitMs(attempt: number, status: number): number | undefined {
  if (succeeded(status)) return undefined;
  const wait = WAITS_MS[attempt - 1];
  if (attempt <= 2) return wait;
  return status === 499 || (status >= 500 && status <= 599) ? wait : undefined;
}

export function createHookSender(options: HookSenderOptions): HookSender {
  const { crm, subscriptions, switches, rng } = options;
  const sent: Delivery[] = [];
  const failures = new Map<string, number[]>();
  const timers = new Set<NodeJS.Timeout>();
  const stopping = new AbortController();
  let underway = 0;
  let held: Parcel | undefined;

  function accept(change: CrmChange): void {
    const events = hookEvents(crm, change);
    for (const event of events) {
      for (const hook of subscriptions.all()) {
        if (hook.disabled || !hook.settings.includes(event.code)) continue;
        dispatch({ destination: hook.destination, code: event.code, body: encodeHook(crm, options.origin(), event) });
      }
    }
  }

  function dispatch(parcel: Parcel): void {
    if (rng.chance(switches.hookLoss)) return;
    if (held === undefined && rng.chance(switches.hookReordering)) {
      held = parcel;
      return;
    }
    const late = held;
    held = undefined;
    const first = attempt(parcel, 1);
    if (rng.chance(switches.hookDuplication)) void attempt(parcel, 1);
    // the one that was held back is sent when its successor has arrived
    if (late) void first.then(() => attempt(late, 1));
  }

  async function attempt(parcel: Parcel, number: number): Promise<void> {
    underway += 1;
    try {
      const status = await post(parcel);
      if (stopping.signal.aborted) return;
      sent.push({ ...parcel, attempt: number, status });
      const hook = subscriptions.get(parcel.destination);
      if (hook) judge(hook, status);
      const wait = nextWaitMs(number, status);
      if (wait !== undefined && hook && !hook.disabled) later(parcel, number + 1, wait * switches.hookTimeScale);
    } finally {
      underway -= 1;
    }
  }

  async function post({ destination, body }: Parcel): Promise<number> {
    const timeout = AbortSignal.timeout(switches.hookTimeoutMs);
    try {
      const answer = await request(destination, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'user-agent': 'amoCRM-Webhooks/3.0',
          'x-amocrm-requestid': randomUUID(),
          'accept-encoding': 'gzip',
        },
        signal: AbortSignal.any([timeout, stopping.signal]),
      });
      await answer.body.dump();
      return answer.statusCode;
    } catch {
      // whatever the socket says, the provider knows two cases: too late, and not reached
      return timeout.aborted ? 499 : 0;
    }
  }

  /** More than 100 invalid answers within 2 hours, the latest one included, disable the subscription. */
  function judge(hook: Subscription, status: number): void {
    if (succeeded(status)) return;
    const now = performance.now();
    const recent = (failures.get(hook.destination) ?? []).filter((at) => now - at < WINDOW_MS * switches.hookTimeScale);
    recent.push(now);
    failures.set(hook.destination, recent);
    if (recent.length <= MAX_FAILURES) return;
    hook.disabled = true;
    failures.delete(hook.destination);
  }

  function later(parcel: Parcel, number: number, waitMs: number): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      void attempt(parcel, number);
    }, waitMs);
    timer.unref();
    timers.add(timer);
  }

  const stop = crm.onChange(accept);
  return {
    deliveries: () => sent,
    busy: () => underway > 0 || timers.size > 0 || held !== undefined,
    close() {
      stop();
      stopping.abort();
      for (const timer of timers) clearTimeout(timer);
      timers.clear();
    },
  };
}
