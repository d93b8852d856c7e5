// How streams inside the gateway end: with their listeners, their credential, their subgraph, the server or the graph.
import { describe, expect, test, vi } from 'vitest';
import { PonteError } from '../../lib/errors.ts';
import { OPEN, type Principal } from '../../gateway/principal.ts';
import { toAnswer } from '../../gateway/result.ts';
import { createStage, run, TICK } from './streams-stage.ts';

const caller = (more: Partial<Principal> = {}): Principal => ({ ...OPEN, ...more });
const unavailable = () => new PonteError('SUBGRAPH_UNAVAILABLE', 'Away', { cause: new Error('connect ECONNREFUSED 127.0.0.1:4001') });
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('the end', () => {
  test('return() settles a pending next() and closes the stream upstream with the last listener', async () => {
    const stage = createStage();
    const [first, second] = [await stage.take(), await stage.take()];
    if ('text' in first || 'text' in second) throw new Error('refused');
    const pending = first.next();
    expect(await first.return(undefined)).toEqual({ value: undefined, done: true });
    expect(await pending).toEqual({ value: undefined, done: true });
    expect(stage.open()).toHaveLength(1);
    await second.return(undefined);
    expect(stage.open()).toHaveLength(0);
    expect(stage.opened[0]!.stream.signal.aborted).toBe(true);
    expect(stage.streams).toMatchObject({ size: 0, primaries: 0, upstreams: 0 });
    expect(await second.next()).toEqual({ value: undefined, done: true });
  });

  test('work for listeners who have left is aborted', async () => {
    const stage = createStage();
    const heard = await stage.listen();
    stage.onExecute = ({ signal }) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    stage.opened[0]!.say(run('a', 1));
    await vi.waitFor(() => expect(stage.executed).toHaveLength(1));
    await heard.leave();
    expect(stage.executed[0]!.signal.aborted).toBe(true);
  });

  test('a client that leaves while its stream is being opened leaves nothing behind', async () => {
    const stage = createStage();
    let open = () => {};
    stage.onOpen = () => new Promise<void>((resolve) => (open = resolve));
    const client = new AbortController();
    const given = stage.take({ signal: client.signal });
    client.abort();
    open();
    const stream = await given;
    if ('text' in stream) throw new Error('refused');
    expect(await stream.next()).toEqual({ value: undefined, done: true });
    await vi.waitFor(() => expect(stage.open()).toHaveLength(0));
    expect(stage.streams).toMatchObject({ size: 0, primaries: 0 });
    expect(stage.lines).toEqual([]);
  });

  test('a client that is gone ends its stream; many on one signal do not warn', async () => {
    const stage = createStage();
    const client = new AbortController();
    const warned = vi.fn();
    process.on('warning', warned);
    const heard = await Promise.all(Array.from({ length: 30 }, () => stage.listen({ signal: client.signal })));
    client.abort();
    await vi.waitFor(() => expect(heard.every(({ ended }) => ended)).toBe(true));
    expect(stage.open()).toHaveLength(0);
    await nextTurn();
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });

  test('a credential that ends: what waits is not given, one error is', async () => {
    const stage = createStage();
    const key = new AbortController();
    const principal = caller({ ended: key.signal });
    const reading = await stage.listen({ principal });
    const idle = await stage.take({ principal });
    const other = await stage.listen();
    if ('text' in idle) throw new Error('refused');
    stage.opened[0]!.say(run('a', 1));
    await vi.waitFor(() => expect(reading.events).toHaveLength(1));
    key.abort();
    await vi.waitFor(() => expect(reading.ended).toBe(true));
    const told = { errors: [expect.objectContaining({ message: 'The credential was revoked or has expired', extensions: expect.objectContaining({ code: 'UNAUTHENTICATED' }) })] };
    expect(reading.events.at(-1)).toMatchObject(told);
    expect((await idle.next()).value).toMatchObject(told);
    expect(await idle.next()).toEqual({ value: undefined, done: true });
    expect(other.ended).toBe(false);
    expect(await stage.take({ principal })).toMatchObject({ refused: true, status: 401, ...told });
  });

  test('a stream that is over upstream completes after its last event, and a new one may be opened', async () => {
    const stage = createStage();
    const heard = await stage.listen({ raw: { id: 'a' } });
    stage.opened[0]!.say(run('a', 1));
    stage.opened[0]!.end();
    await vi.waitFor(() => expect(heard).toMatchObject({ events: [run('a', 1)], ended: true }));
    expect(stage.streams).toMatchObject({ size: 0, primaries: 0 });
    await stage.listen({ raw: { id: 'a' } });
    expect(stage.opened).toHaveLength(2);
  });

  test('an old opening that ends does not end who waits for the new one', async () => {
    const stage = createStage({ freshMs: 0 });
    const first = await stage.listen();
    stage.opened[0]!.say(run('a', 1));
    await vi.waitFor(() => expect(first.events).toHaveLength(1));
    const late = await stage.listen();
    stage.opened[0]!.end();
    await vi.waitFor(() => expect(first.ended).toBe(true));
    stage.opened[1]!.say(run('a', 1));
    stage.opened[1]!.end();
    await vi.waitFor(() => expect(late).toMatchObject({ events: [run('a', 1)], ended: true }));
  });

  test('a shutdown completes every stream and opens no new one', async () => {
    const stage = createStage();
    const heard = [await stage.listen(), await stage.listen({ operation: TICK })];
    await stage.streams.close('shutdown');
    await vi.waitFor(() => expect(heard.map(({ events, ended }) => ({ events, ended }))).toEqual(Array(2).fill({ events: [], ended: true })));
    expect(stage.open()).toHaveLength(0);
    expect(await stage.take()).toMatchObject({ refused: true, status: 503, errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] });
  });

  test('a reload gives what waits, says why, completes, and lets clients subscribe again', async () => {
    const stage = createStage();
    const slow = await stage.take();
    if ('text' in slow) throw new Error('refused');
    stage.opened[0]!.say(run('a', 1));
    await vi.waitFor(() => expect(stage.executed).toHaveLength(1));
    await nextTurn();
    await stage.streams.close('reload');
    expect(stage.open()).toHaveLength(0);
    expect(toAnswer((await slow.next()).value!).data).toEqual(run('a', 1));
    expect((await slow.next()).value).toMatchObject({ errors: [{ message: 'The graph was updated; subscribe again', extensions: { code: 'GRAPH_RELOADED', retryable: true } }] });
    expect(await slow.next()).toEqual({ value: undefined, done: true });
    await stage.listen();
    expect(stage.open()).toHaveLength(1);
  });
});

describe('a subgraph that restarts', () => {
  test('is asked again, and everybody goes on; what was known is not told twice', async () => {
    const stage = createStage();
    const heard = await stage.listen();
    stage.opened[0]!.say(run('a', 1));
    await vi.waitFor(() => expect(heard.events).toHaveLength(1));
    let refusals = 2;
    stage.onOpen = () => {
      if (refusals-- > 0) throw unavailable();
    };
    stage.opened[0]!.fail(unavailable());
    await vi.waitFor(() => expect(stage.open()).toEqual([stage.opened[1]]), { timeout: 5_000 });
    stage.opened[1]!.say(run('a', 1));
    stage.opened[1]!.say(run('b', 1));
    await vi.waitFor(() => expect(heard.events).toEqual([run('a', 1), run('b', 1)]));
    expect(heard.ended).toBe(false);
    expect(stage.opened[0]!.stream.signal.aborted).toBe(true);
  });

  test('who comes while it is away gets the current states when it is back', async () => {
    const stage = createStage();
    const first = await stage.listen();
    stage.opened[0]!.say(run('a', 1));
    await vi.waitFor(() => expect(first.events).toHaveLength(1));
    let back = () => {};
    stage.onOpen = () => new Promise<void>((resolve) => (back = resolve));
    stage.opened[0]!.fail(unavailable());
    await vi.waitFor(() => expect(stage.opened[0]!.closed).toBe(true));
    const late = await stage.listen();
    await vi.waitFor(() => {
      back();
      expect(stage.opened).toHaveLength(2);
    });
    stage.opened[1]!.say(run('a', 1));
    stage.opened[1]!.say(run('a', 2));
    await vi.waitFor(() => expect([first.events, late.events.at(-1)]).toEqual([[run('a', 1), run('a', 2)], run('a', 2)]));
  });

  test('ends with one error when it does not come back in time, and says no address', async () => {
    const stage = createStage({ resumeMs: 30 });
    const heard = await stage.listen();
    stage.onOpen = () => {
      throw unavailable();
    };
    stage.opened[0]!.fail(unavailable());
    await vi.waitFor(() => expect(heard.ended).toBe(true));
    expect(heard.events).toEqual([{ data: null, errors: [expect.objectContaining({ extensions: expect.objectContaining({ code: 'SUBGRAPH_UNAVAILABLE' }) })] }]);
    expect(heard.texts.join()).not.toMatch(/127\.0\.0\.1|ECONN/);
    expect(stage.streams).toMatchObject({ size: 0, primaries: 0 });
  });

  test('a bug is not an outage: the stream ends, and nothing of it leaves', async () => {
    const stage = createStage();
    const heard = await stage.listen();
    stage.opened[0]!.fail(new TypeError('undefined is not a function at postgresql://secret'));
    await vi.waitFor(() => expect(heard.ended).toBe(true));
    expect(heard.events).toEqual([{ data: null, errors: [{ message: 'Something went wrong on our side', extensions: { code: 'INTERNAL_SERVER_ERROR' } }] }]);
    expect(stage.opened).toHaveLength(1);
  });

  test('one that cannot be reached, or refuses, is told at once', async () => {
    const stage = createStage();
    stage.onOpen = () => {
      throw unavailable();
    };
    expect(await stage.take()).toMatchObject({ refused: true, errors: [{ extensions: { code: 'SUBGRAPH_UNAVAILABLE' } }] });
    stage.onOpen = () => ({ errors: [{ message: 'There is no such run', extensions: { code: 'NOT_FOUND' } }] });
    const both = await Promise.all([stage.take(), stage.take()]);
    expect(both).toEqual(Array(2).fill(expect.objectContaining({ refused: true, errors: [{ message: 'There is no such run', extensions: { code: 'NOT_FOUND' } }] })));
    expect(stage.streams).toMatchObject({ size: 0, primaries: 0, upstreams: 0 });
  });
});
