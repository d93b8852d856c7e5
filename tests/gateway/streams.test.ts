// Subscriptions inside the gateway: what is shared between listeners, and what nobody may miss.
import { describe, expect, test, vi } from 'vitest';
import { OPEN, type Principal } from '../../gateway/principal.ts';
import { toAnswer } from '../../gateway/result.ts';
import { createStage, run, RUN, TICK } from './streams-stage.ts';

const caller = (more: Partial<Principal> = {}): Principal => ({ ...OPEN, ...more });
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('identical subscriptions', () => {
  test('open one stream, and each event is executed once for all', async () => {
    const stage = createStage();
    const heard = await Promise.all([1, 2, 3].map(() => stage.listen()));
    expect(stage.opened).toHaveLength(1);
    expect(stage.streams).toMatchObject({ size: 3, primaries: 1, upstreams: 1 });
    stage.opened[0]!.say(run('a', 1));
    stage.opened[0]!.say(run('a', 2));
    await vi.waitFor(() => expect(heard.map(({ events }) => events)).toEqual(Array(3).fill([run('a', 1), run('a', 2)])));
    expect(stage.executed).toHaveLength(2);
    expect(heard[0]!.texts[1]).toBe(heard[1]!.texts[1]);
  });

  test('are opened once while the first is being opened', async () => {
    const stage = createStage();
    let open = () => {};
    stage.onOpen = () => new Promise<void>((resolve) => (open = resolve));
    const both = [stage.listen(), stage.listen()];
    open();
    await Promise.all(both);
    expect(stage.opened).toHaveLength(1);
  });

  test.each([
    ['other variables', { raw: { id: 'b' } }],
    ['other wallets', { principal: caller({ wallets: ['w1'] }) }],
    ['another stream', { operation: TICK }],
  ])('%s are another stream', async (_what, other) => {
    const stage = createStage();
    await stage.listen({ raw: { id: 'a' } });
    await stage.listen(other);
    expect(stage.opened).toHaveLength(2);
    expect(stage.streams).toMatchObject({ primaries: 2 });
  });

  test('wallets in another order, and other scopes, are the same stream', async () => {
    const stage = createStage();
    await stage.listen({ principal: caller({ wallets: ['w1', 'w2'] }) });
    await stage.listen({ principal: caller({ wallets: ['w2', 'w1'], scopes: new Set(['sync:read']) }) });
    expect(stage.opened).toHaveLength(1);
    expect(stage.opened[0]!.stream.allowedWallets).toEqual(['w1', 'w2']);
  });

  test('of which one has another rest share the stream, and get objects of their own', async () => {
    for (const [operation, kind] of [[RUN, 'remote'], [RUN, 'local'], [TICK, 'remote'], [TICK, 'local']] as const) {
      const stage = createStage({ kind });
      const first = await stage.listen({ operation, shareKey: 'one' });
      const second = await stage.listen({ operation, shareKey: 'two' });
      expect(stage.opened).toHaveLength(1);
      const data = operation === RUN ? run('a', 1) : { tick: { n: 1 } };
      stage.opened[0]!.say(data);
      await vi.waitFor(() => expect([first.events, second.events]).toEqual([[data], [data]]));
      expect(stage.executed).toHaveLength(2);
    }
  });

  test('each event has a request of its own, with the wallets of the listener', async () => {
    const stage = createStage();
    const principal = caller({ id: 'key:1', wallets: ['w1'] });
    const heard = await stage.listen({ principal });
    stage.opened[0]!.say(run('a', 1));
    stage.opened[0]!.say(run('b', 1));
    await vi.waitFor(() => expect(heard.events).toHaveLength(2));
    expect(new Set(stage.executed).size).toBe(2);
    expect(stage.executed.map((request) => request.principal)).toEqual([principal, principal]);
  });

  test('whose subgraph cannot tell states apart get a stream each', async () => {
    const stage = createStage();
    const operation = 'subscription { odd { n } }';
    await stage.listen({ operation });
    await stage.listen({ operation });
    expect(stage.opened).toHaveLength(2);
    expect(stage.opened[0]!.fetch.operation).toBe(operation);
  });

  test('that do not select the id are asked with it', async () => {
    const stage = createStage();
    const heard = await stage.listen({ operation: 'subscription { r: run { n } }' });
    expect(stage.opened[0]!.fetch.operation.replaceAll(/\s+/g, ' ')).toBe('subscription { r: run { n streamKey: id } }');
    stage.opened[0]!.say({ r: { n: 1, streamKey: 'a' } });
    await vi.waitFor(() => expect(heard.events).toHaveLength(1));
  });
});

describe('who comes late', () => {
  test('is given the states of a young stream at once, each once', async () => {
    const stage = createStage();
    const first = await stage.listen();
    for (const data of [run('a', 1), run('b', 1), run('a', 2)]) stage.opened[0]!.say(data);
    await vi.waitFor(() => expect(first.events).toHaveLength(3));
    const late = await stage.listen();
    await vi.waitFor(() => expect(late.events).toHaveLength(2));
    expect(late.events).toEqual(expect.arrayContaining([run('a', 2), run('b', 1)]));
    const other = await stage.listen({ shareKey: 'another rest' });
    await vi.waitFor(() => expect(other.events).toHaveLength(2));
    expect(other.events).toEqual(expect.arrayContaining([run('a', 2), run('b', 1)]));
    expect(stage.opened).toHaveLength(1);
    stage.opened[0]!.say(run('b', 2));
    await vi.waitFor(() => expect([late, other, first].map(({ events }) => events.at(-1))).toEqual(Array(3).fill(run('b', 2))));
  });

  test('an older stream: makes it open again, and the others hear only what is new', async () => {
    const stage = createStage({ freshMs: 0 });
    const first = await stage.listen();
    const [old] = stage.opened;
    old!.say(run('a', 1));
    old!.say(run('gone', 1));
    await vi.waitFor(() => expect(first.events).toHaveLength(2));
    const late = await stage.listen();
    expect(stage.opened).toHaveLength(2);
    expect(stage.streams).toMatchObject({ primaries: 1, upstreams: 2 });
    // Until the new one speaks, both hear the old one.
    old!.say(run('b', 1));
    await vi.waitFor(() => expect([first.events.at(-1), late.events]).toEqual([run('b', 1), [run('b', 1)]]));
    const [, young] = stage.opened;
    young!.say(run('a', 1));
    young!.say(run('b', 2));
    await vi.waitFor(() => expect(late.events).toEqual([run('b', 1), run('a', 1), run('b', 2)]));
    expect(first.events).toEqual([run('a', 1), run('gone', 1), run('b', 1), run('b', 2)]);
    expect(old!.closed).toBe(true);
    expect(stage.streams).toMatchObject({ primaries: 1, upstreams: 1 });
    // The same state again, told by the stream that everybody hears now, is news.
    young!.say(run('b', 2));
    await vi.waitFor(() => expect(first.events).toHaveLength(5));
  });

  test('what an old stream says after the new one spoke is not heard: it could be older', async () => {
    const stage = createStage({ freshMs: 0 });
    const first = await stage.listen();
    stage.opened[0]!.say(run('a', 1));
    await vi.waitFor(() => expect(first.events).toHaveLength(1));
    const late = await stage.listen();
    stage.opened[1]!.say(run('a', 3));
    await vi.waitFor(() => expect(late.events).toEqual([run('a', 3)]));
    stage.opened[0]!.say(run('a', 2));
    stage.opened[1]!.say(run('z', 1));
    await vi.waitFor(() => expect(first.events).toEqual([run('a', 1), run('a', 3), run('z', 1)]));
  });

  test.each(['local', 'remote'] as const)('an old event that is still being read when the new stream spoke is not heard (%s)', async (kind) => {
    const stage = createStage({ freshMs: 0, kind });
    const first = await stage.listen();
    stage.opened[0]!.say(run('a', 1));
    await vi.waitFor(() => expect(first.events).toHaveLength(1));
    let ready = () => {};
    stage.opened[0]!.sayLater(run('a', 2), new Promise<void>((resolve) => (ready = resolve)));
    await nextTurn();
    const late = await stage.listen();
    stage.opened[1]!.say(run('a', 3));
    await vi.waitFor(() => expect(late.events).toEqual([run('a', 3)]));
    ready();
    stage.opened[1]!.say(run('z', 1));
    await vi.waitFor(() => expect(first.events).toEqual([run('a', 1), run('a', 3), run('z', 1)]));
  });

  test('many at once share the second opening; a silent one is shared for ever', async () => {
    const stage = createStage({ freshMs: 0 });
    const first = await stage.listen();
    stage.opened[0]!.say(run('a', 1));
    await vi.waitFor(() => expect(first.events).toHaveLength(1));
    const late = await Promise.all(Array.from({ length: 20 }, () => stage.listen()));
    late.push(await stage.listen());
    expect(stage.opened).toHaveLength(2);
    stage.opened[1]!.say(run('a', 1));
    await vi.waitFor(() => expect(late.every(({ events }) => events.length === 1)).toBe(true));
    expect(first.events).toHaveLength(1);
  });

  test('a new opening that has nothing to say takes over after a while', async () => {
    const stage = createStage({ freshMs: 0, settleMs: 10 });
    const first = await stage.listen();
    stage.opened[0]!.say(run('a', 1));
    await vi.waitFor(() => expect(first.events).toHaveLength(1));
    const late = await stage.listen();
    await vi.waitFor(() => expect(stage.open()).toEqual([stage.opened[1]]));
    stage.opened[1]!.say(run('b', 1));
    await vi.waitFor(() => expect([first.events.at(-1), late.events]).toEqual([run('b', 1), [run('b', 1)]]));
  });

  test('a new opening that is refused concerns only who asked for it', async () => {
    const stage = createStage({ freshMs: 0 });
    const first = await stage.listen();
    stage.opened[0]!.say(run('a', 1));
    await vi.waitFor(() => expect(first.events).toHaveLength(1));
    stage.onOpen = () => ({ errors: [{ message: 'Run a does not exist', extensions: { code: 'NOT_FOUND' } }] });
    const refused = await stage.take();
    expect(refused).toMatchObject({ refused: true, errors: [{ message: 'Run a does not exist', extensions: { code: 'NOT_FOUND' } }] });
    stage.onOpen = () => undefined;
    // A remote one says so in its only event.
    const late = await stage.listen();
    stage.opened[1]!.say({ errors: [{ message: 'Too many streams', extensions: { code: 'OVERLOADED' } }] });
    stage.opened[1]!.end();
    await vi.waitFor(() => expect(late.ended).toBe(true));
    expect(late.events).toEqual([{ data: null, errors: [expect.objectContaining({ message: 'Too many streams' })] }]);
    stage.opened[0]!.say(run('a', 2));
    await vi.waitFor(() => expect(first.events).toEqual([run('a', 1), run('a', 2)]));
    expect(first.ended).toBe(false);
  });

  test('changes are shared without being repeated', async () => {
    const stage = createStage();
    const first = await stage.listen({ operation: TICK });
    stage.opened[0]!.say({ tick: { n: 1 } });
    await vi.waitFor(() => expect(first.events).toHaveLength(1));
    const late = await stage.listen({ operation: TICK });
    expect(stage.opened).toHaveLength(1);
    stage.opened[0]!.say({ tick: { n: 2 } });
    await vi.waitFor(() => expect(late.events).toEqual([{ tick: { n: 2 } }]));
  });

  test('whenever they come, everybody ends with the newest state of each key, and every last one arrives', async () => {
    for (const [kind, freshMs] of [['remote', 0], ['local', 0], ['remote', 2], ['local', 2]] as const) {
      const stage = createStage({ freshMs, settleMs: 20, kind });
      const now = new Map<string, number>();
      // The subgraph: a new stream begins with the current states of what is alive.
      const seen = new Set<unknown>();
      const greet = () => {
        for (const one of stage.opened) {
          if (seen.has(one)) continue;
          seen.add(one);
          for (const [id, n] of now) one.say(run(id, n));
        }
      };
      const heard: { since: Map<string, number>; all: unknown[] }[] = [];
      for (let step = 0; step < 300; step++) {
        if (step % 7 === 0) {
          const { events } = await stage.listen({ shareKey: `rest ${step % 3}` });
          greet();
          heard.push({ since: new Map(now), all: events });
        }
        const id = `run ${(step * 7) % 5}`;
        now.set(id, step);
        for (const one of stage.open()) one.say(run(id, step));
        if (step % 11 === 0) await nextTurn();
      }
      await vi.waitFor(() => {
        for (const { all } of heard) {
          const newest = new Map<string, number>();
          for (const event of all) {
            const { id, n } = (event as { run: { id: string; n: number } }).run;
            newest.set(id, n);
          }
          expect(Object.fromEntries(newest)).toEqual(Object.fromEntries(now));
        }
      });
      expect(stage.streams.dropped).toBe(0);
      expect(stage.streams.upstreams).toBeLessThanOrEqual(2);
    }
  });
});

describe('a slow listener', () => {
  test('gets the newest state of each key, and the last ones', async () => {
    const stage = createStage();
    const slow = await stage.take();
    if ('text' in slow) throw new Error('refused');
    const fast = await stage.listen();
    for (let n = 1; n <= 50; n++) stage.opened[0]!.say(run(n % 2 ? 'a' : 'b', n));
    await vi.waitFor(() => expect(fast.events.at(-1)).toEqual(run('b', 50)));
    expect([(await slow.next()).value, (await slow.next()).value].map((result) => toAnswer(result!).data)).toEqual([run('a', 49), run('b', 50)]);
    expect(stage.streams.dropped).toBe(0);
    const pending = slow.next();
    stage.opened[0]!.say(run('a', 51));
    expect(toAnswer((await pending).value!).data).toEqual(run('a', 51));
  });

  test('of changes gets the newest ones, and the rest is counted', async () => {
    const stage = createStage({ maxPending: 3 });
    const slow = await stage.take({ operation: TICK });
    if ('text' in slow) throw new Error('refused');
    for (let n = 1; n <= 10; n++) {
      stage.opened[0]!.say({ tick: { n } });
      await vi.waitFor(() => expect(stage.executed).toHaveLength(n));
      await nextTurn();
    }
    expect(stage.streams.dropped).toBe(7);
    const taken = [await slow.next(), await slow.next(), await slow.next()];
    expect(taken.map(({ value }) => toAnswer(value!).data)).toEqual([8, 9, 10].map((n) => ({ tick: { n } })));
  });

  test('a slow execution takes the newest state of each key, too', async () => {
    const stage = createStage();
    const heard = await stage.listen();
    let go = () => {};
    stage.onExecute = () => new Promise<void>((resolve) => (go = resolve));
    stage.opened[0]!.say(run('a', 1));
    await vi.waitFor(() => expect(stage.executed).toHaveLength(1));
    for (let n = 2; n <= 20; n++) stage.opened[0]!.say(run('a', n));
    stage.opened[0]!.end();
    await nextTurn();
    stage.onExecute = () => undefined;
    go();
    await vi.waitFor(() => expect(heard.ended).toBe(true));
    expect(heard.events).toEqual([run('a', 1), run('a', 20)]);
    expect(stage.executed).toHaveLength(2);
  });
});
