import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Cancellation, toSignal } from '../../lib/cancel.ts';
import { RequestContext } from '../../gateway/request.ts';

describe('a cancellation', () => {
  test('tells its listeners once, with the first reason, and no one who left', () => {
    const cancel = new Cancellation();
    const told: string[] = [];
    const leaver = () => void told.push('leaver');
    cancel.addEventListener('abort', () => void told.push('stayer'));
    cancel.addEventListener('abort', leaver);
    cancel.removeEventListener('abort', leaver);
    expect([cancel.aborted, cancel.reason]).toEqual([false, undefined]);
    cancel.throwIfAborted();
    cancel.abort('first');
    cancel.abort('second');
    expect([cancel.aborted, cancel.reason, told]).toEqual([true, 'first', ['stayer']]);
    expect(() => cancel.throwIfAborted()).toThrow('first');
  });

  test('gives a real signal, before and after', async () => {
    const cancel = new Cancellation();
    const before = toSignal(cancel);
    expect(before).toBeInstanceOf(AbortSignal);
    expect(toSignal(cancel)).toBe(before);
    const waits = sleep(60_000, undefined, { signal: before });
    cancel.abort(new Error('gone'));
    await expect(waits).rejects.toMatchObject({ name: 'AbortError' });
    expect(before.reason).toBe(cancel.reason);
    const late = new Cancellation();
    late.abort('over');
    expect([toSignal(late).aborted, toSignal(late).reason]).toEqual([true, 'over']);
    const { signal } = new AbortController();
    expect(toSignal(signal)).toBe(signal);
  });
});

describe('a request', () => {
  test('ends with its parent, and follows it no more when it is over', () => {
    const parent = new AbortController();
    const under = new RequestContext({ parent: parent.signal });
    const over = new RequestContext({ parent: parent.signal });
    over.end();
    parent.abort('left');
    expect([under.cancel.aborted, under.cancel.reason, under.signal.aborted]).toEqual([true, 'left', true]);
    expect(over.cancel.aborted).toBe(false);
    expect(new RequestContext({ parent: parent.signal }).cancel.reason).toBe('left');
  });

  test('ends at its deadline, told as one', async () => {
    const request = new RequestContext({ deadlineMs: 5 });
    await new Promise<void>((resolve) => request.cancel.addEventListener('abort', resolve));
    expect(request.cancel.reason).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    request.end();
  });

  test('makes a real signal for a subgraph only when it is read', () => {
    const request = new RequestContext();
    const given: { signal?: AbortSignal; cancel?: unknown }[] = [];
    const subgraph = { name: 's', createContext: (one: object) => (given.push(one), one) } as unknown as Parameters<RequestContext['contextOf']>[0];
    expect(request.contextOf(subgraph)).toBe(request.contextOf(subgraph));
    expect(given).toHaveLength(1);
    expect(given[0]!.cancel).toBe(request.cancel);
    request.abort('now');
    expect(given[0]!.signal!.reason).toBe('now');
  });
});
