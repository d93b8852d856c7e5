// What keeps a bad subgraph from dragging the gateway down: by tables for the decisions, by scripted attempts for the rest.
import { describe, expect, test } from 'vitest';
import { TransportError, type HttpAnswer } from '../../gateway/sources/http1-response.ts';
import { pauseBeforeRetry, Resilience, type ResilienceOptions, type ResilientCall } from '../../gateway/sources/resilience.ts';
import { Breaker } from '../../gateway/sources/resilience-breaker.ts';
import { Latencies } from '../../gateway/sources/resilience-hedge.ts';

const answer = (status = 200, retryAfter?: string): HttpAnswer => ({ status, retryAfter, body: '{}' });
const reset = () => new TransportError('reset', 'gone');
const never = new AbortController().signal;
const turn = () => new Promise((resolve) => setImmediate(resolve));

type Script = (HttpAnswer | Error)[];
/** Runs one call whose attempts end as scripted; the last entry repeats. */
function run(resilience: Resilience, script: Script, more: Partial<ResilientCall> = {}) {
  let attempts = 0;
  const attempt = async () => {
    const next = script[Math.min(attempts++, script.length - 1)]!;
    if (next instanceof Error) throw next;
    return next;
  };
  return { result: resilience.run({ attempt, repeatable: true, signal: never, ...more }), attempts: () => attempts };
}
const make = (options: ResilienceOptions = {}, states: string[] = []) => new Resilience(options, (state) => void states.push(state));

test.each([
  ['a refused connection', { error: new TransportError('refused', '') }, 50],
  ['a reset', { error: reset() }, 50],
  ['a closed kept socket', { error: new TransportError('stale', '') }, 50],
  ['503', { answer: answer(503) }, 50],
  ['502', { answer: answer(502) }, 50],
  ['504 that says when', { answer: answer(504, '3') }, 3_000],
  ['500', { answer: answer(500) }, undefined],
  ['429', { answer: answer(429, '1') }, undefined],
  ['an answer', { answer: answer(200) }, undefined],
  ['a timeout', { error: new TransportError('timeout', '') }, undefined],
  ['nonsense', { error: new TransportError('protocol', '') }, undefined],
  ['an abort', { error: new DOMException('x', 'AbortError') }, undefined],
])('after %s a query is repeated as it should be', (_what, tried, pause) => {
  expect(pauseBeforeRetry(tried, 0, 1)).toBe(pause);
});

test('the pause grows, is drawn, and has an end', () => {
  expect(pauseBeforeRetry({ error: reset() }, 2, 0.5)).toBe(100);
  expect(pauseBeforeRetry({ error: reset() }, 20, 1)).toBe(1_000);
});

describe('repetitions', () => {
  test('help a query over a hiccup, and are counted', async () => {
    const resilience = make();
    const { result, attempts } = run(resilience, [reset(), answer(503), answer()]);
    await expect(result).resolves.toMatchObject({ status: 200 });
    expect([attempts(), resilience.stats.retries]).toEqual([3, 2]);
  });

  test('end with the last failure', async () => {
    const { result, attempts } = run(make(), [reset()]);
    await expect(result).rejects.toMatchObject({ failure: 'reset' });
    expect(attempts()).toBe(3);
    const second = run(make(), [answer(503)]);
    await expect(second.result).resolves.toMatchObject({ status: 503 });
    expect(second.attempts()).toBe(3);
  });

  test('are not for mutations, nor for a pause beyond the time that is left', async () => {
    const mutation = run(make(), [reset()], { repeatable: false });
    await expect(mutation.result).rejects.toMatchObject({ failure: 'reset' });
    const late = run(make(), [answer(503, '60')], { timeoutMs: 1_000 });
    await expect(late.result).resolves.toMatchObject({ status: 503 });
    expect([mutation.attempts(), late.attempts()]).toEqual([1, 1]);
  });

  test('are a tenth of the calls at most, beside a small reserve', async () => {
    const resilience = make({ breaker: { consecutive: 1_000, ratio: 0.99 }, retries: 1 });
    let attempts = 0;
    for (let i = 0; i < 100; i++) {
      const call = run(resilience, [answer(503, '0'), answer()]);
      await call.result;
      attempts += call.attempts();
    }
    expect(attempts).toBeGreaterThan(110);
    expect(attempts).toBeLessThanOrEqual(121);
  });

  test('stop waiting when the caller is gone', async () => {
    const stop = new AbortController();
    const { result, attempts } = run(make(), [answer(503, '60')], { signal: stop.signal });
    await turn();
    stop.abort(new Error('gone'));
    await expect(result).rejects.toThrow('gone');
    expect(attempts()).toBe(1);
  });
});

describe('the limit of calls', () => {
  test('lets the others wait in order, refuses what the queue cannot hold, and forgets who left', async () => {
    const resilience = make({ concurrency: 1, queue: 2 });
    const done: (() => void)[] = [];
    const order: number[] = [];
    const call = (id: number, signal = never) =>
      resilience.run({
        attempt: () =>
          new Promise((resolve) => {
            order.push(id);
            done.push(() => resolve(answer()));
          }),
        repeatable: true,
        signal,
      });
    const stop = new AbortController();
    const [first, second, third] = [call(1), call(2, stop.signal), call(3)];
    await expect(call(4)).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', retryable: true });
    expect(resilience.stats).toMatchObject({ inFlight: 1, queued: 2, refused: 1 });
    stop.abort(new Error('left'));
    await expect(second).rejects.toThrow('left');
    done[0]!();
    await first;
    await turn();
    expect(order).toEqual([1, 3]);
    done[1]!();
    await third;
    expect(resilience.stats).toMatchObject({ inFlight: 0, queued: 0 });
  });
});

describe('the breaker', () => {
  test('opens after failures in a row, probes with one call, rests longer after a failed probe, closes after a good one', () => {
    let now = 0;
    const states: string[] = [];
    const breaker = new Breaker({ consecutive: 3, restMs: 100 }, (state) => void states.push(state), () => now);
    const fail = () => breaker.settle(breaker.admit()!, 'failure');
    fail();
    fail();
    breaker.settle(breaker.admit()!, 'neither');
    expect(breaker.state).toBe('closed');
    fail();
    expect([breaker.state, breaker.admit()]).toEqual(['open', undefined]);
    now = 100;
    const probe = breaker.admit()!;
    expect([breaker.state, breaker.admit()]).toEqual(['half-open', undefined]);
    breaker.settle(probe, 'failure');
    now = 250;
    expect(breaker.admit()).toBeUndefined();
    now = 300;
    breaker.settle(breaker.admit()!, 'success');
    expect(breaker.state).toBe('closed');
    expect(states).toEqual(['open', 'half-open', 'open', 'half-open', 'closed']);
  });

  test('a probe whose caller left tells nothing: the next call is the probe; a silent one holds nobody for ever', () => {
    let now = 0;
    const breaker = new Breaker({ consecutive: 1, restMs: 100 }, () => undefined, () => now);
    breaker.settle(breaker.admit()!, 'failure');
    now = 100;
    breaker.settle(breaker.admit()!, 'neither');
    expect(breaker.state).toBe('open');
    const silent = breaker.admit()!;
    expect(breaker.admit()).toBeUndefined();
    now = 6_000;
    const next = breaker.admit()!;
    breaker.settle(silent, 'failure');
    expect(breaker.state).toBe('half-open');
    breaker.settle(next, 'success');
    expect(breaker.state).toBe('closed');
  });

  test('an answer that was asked for before it opened does not close it', () => {
    const breaker = new Breaker({ consecutive: 1 }, () => undefined);
    const early = breaker.admit()!;
    breaker.settle(breaker.admit()!, 'failure');
    breaker.settle(early, 'success');
    expect(breaker.state).toBe('open');
  });

  test('opens on transport failures and 5xx, never on other answers or on callers who left; then nothing is asked', async () => {
    const states: string[] = [];
    const resilience = make({ retries: 0, breaker: { consecutive: 3 } }, states);
    const gone = AbortSignal.abort(new Error('left'));
    for (let i = 0; i < 20; i++) {
      await run(resilience, [answer(400)]).result;
      await expect(run(resilience, [new DOMException('left', 'AbortError')], { signal: gone }).result).rejects.toThrow('left');
    }
    expect(states).toEqual([]);
    for (const failure of [answer(500), reset(), new TransportError('timeout', '')]) await run(resilience, [failure]).result.catch(() => undefined);
    expect(resilience.stats.breaker).toBe('open');
    const refused = run(resilience, [answer()]);
    await expect(refused.result).rejects.toMatchObject({ code: 'SUBGRAPH_UNAVAILABLE', retryable: true });
    expect(refused.attempts()).toBe(0);
  });

  test('opens on the share of failures, too', async () => {
    const resilience = make({ retries: 0, breaker: { consecutive: 1_000, ratio: 0.5 } });
    for (let i = 0; i < 12 && resilience.stats.breaker === 'closed'; i++) await run(resilience, [i % 3 === 0 ? answer() : answer(500)]).result;
    expect(resilience.stats.breaker).toBe('open');
  });
});

describe('the second attempt', () => {
  test('knows after enough answers how long most of them take', () => {
    const latencies = new Latencies();
    for (let i = 1; i <= 31; i++) latencies.add(i);
    expect(latencies.p95()).toBeUndefined();
    latencies.add(32);
    expect(latencies.p95()).toBe(31);
  });

  test('wins over a slow first one, which is aborted; it is rare; mutations have none', async () => {
    const resilience = make({ hedge: true });
    for (let i = 0; i < 32; i++) await run(resilience, [answer()]).result;
    const aborted: unknown[] = [];
    let attempts = 0;
    const attempt = (signal: AbortSignal): Promise<HttpAnswer> =>
      attempts++ % 2 === 1
        ? Promise.resolve(answer(201))
        : new Promise((_, reject) =>
            signal.addEventListener('abort', () => {
              aborted.push(signal.reason);
              reject(signal.reason as Error);
            }),
          );
    await expect(resilience.run({ attempt, repeatable: true, signal: never })).resolves.toMatchObject({ status: 201 });
    await turn();
    expect([attempts, aborted.length, resilience.stats]).toMatchObject([2, 1, { hedges: 1, inFlight: 0, breaker: 'closed' }]);
    for (const repeatable of [true, false]) {
      const stop = new AbortController();
      attempts = 0;
      const result = resilience.run({ attempt, repeatable, signal: stop.signal });
      const began = performance.now();
      while (performance.now() - began < 10) await turn();
      expect(attempts).toBe(1);
      stop.abort(new Error('enough'));
      await expect(result).rejects.toThrow('enough');
    }
  });
});
