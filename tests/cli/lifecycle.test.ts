// What was opened is closed in reverse order, once, whatever fails on the way.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLifecycle } from '../../cli/lifecycle.ts';
import type { Logger } from '../../lib/log.ts';

let warnings: { part?: string; sentence: string }[];
let log: Logger;
const signals = () => ['SIGINT', 'SIGTERM'].map((name) => process.listenerCount(name));
let before: number[];

beforeEach(() => {
  before = signals();
  warnings = [];
  log = { error() {}, warn: (attributes, sentence) => void warnings.push({ ...attributes, sentence }), info() {}, debug() {}, child: () => log };
});
afterEach(() => expect(signals()).toEqual(before));

describe('the life of a process', () => {
  test('the last one opened closes first, one after the other; those who wait learn why', async () => {
    const life = createLifecycle(log);
    const closed: string[] = [];
    for (const name of ['database', 'worker', 'gateway'])
      life.onStop(name, async () => {
        await Promise.resolve();
        closed.push(name);
      });
    expect(life.signal.aborted).toBe(false);
    const [, reason] = await Promise.all([life.stop('SIGTERM'), life.stopped]);
    expect(closed).toEqual(['gateway', 'worker', 'database']);
    expect(reason).toBe('SIGTERM');
    expect(warnings).toEqual([]);
  });

  test('a promise that nobody waits for is told and ends nothing; afterwards it is no longer its matter', async () => {
    const errors: string[] = [];
    log.error = (_attributes, sentence) => void errors.push(sentence);
    const others = process.listeners('unhandledRejection');
    const life = createLifecycle(log);
    const [own] = process.listeners('unhandledRejection').filter((listener) => !others.includes(listener));
    own!(new Error('late'), Promise.resolve());
    expect(errors).toEqual(['A promise failed and nobody was waiting for it']);
    await life.stop('x');
    expect(process.listeners('unhandledRejection')).toEqual(others);
  });

  test('its signal is aborted before anything closes', async () => {
    const life = createLifecycle(log);
    let aborted: boolean | undefined;
    life.onStop('worker', () => (aborted = life.signal.aborted));
    await life.stop('x');
    expect(aborted).toBe(true);
  });

  test('a part that fails is told, and the others are closed', async () => {
    const life = createLifecycle(log);
    const closed: string[] = [];
    life.onStop('database', () => closed.push('database'));
    life.onStop('worker', () => Promise.reject(new Error('stuck')));
    life.onStop('gateway', () => {
      throw new Error('broken');
    });
    await life.stop('x');
    expect(closed).toEqual(['database']);
    expect(warnings.map((warning) => warning.part)).toEqual(['gateway', 'worker']);
  });

  test('a second stop waits for the first, and closes nothing again', async () => {
    const life = createLifecycle(log);
    let times = 0;
    life.onStop('worker', () => times++);
    await Promise.all([life.stop('first'), life.stop('second')]);
    await life.stop('third');
    expect(times).toBe(1);
    expect(await life.stopped).toBe('first');
  });

  test('where it ends with its parent, it stops when that one is gone, and looks no more', async () => {
    let [parent, looks] = [4711, 0];
    const told: string[] = [];
    log.info = (_attributes, sentence) => void told.push(sentence);
    const life = createLifecycle(log, { withParent: true, parent: () => (looks++, parent) });
    await expect.poll(() => looks, { timeout: 5_000 }).toBeGreaterThan(2);
    expect(life.signal.aborted).toBe(false);
    parent = 1;
    expect(await life.stopped).toBe('parent');
    expect(told).toEqual(['What started this process is gone: stopping']);
  });

  test('elsewhere it outlives its parent', () => {
    let looks = 0;
    const life = createLifecycle(log, { withParent: false, parent: () => ++looks });
    expect(looks).toBe(1);
    return life.stop('x');
  });

  test('a signal of the system stops it', async () => {
    const life = createLifecycle(log);
    let closed = false;
    life.onStop('worker', () => (closed = true));
    const [onTerm] = process.listeners('SIGTERM').slice(-1) as ((name: NodeJS.Signals) => void)[];
    onTerm!('SIGTERM');
    expect(await life.stopped).toBe('SIGTERM');
    expect(closed).toBe(true);
  });
});
