// Streams that end at once, whatever their source is waiting for.
import { describe, expect, test } from 'vitest';
import { mapStream } from '../../lib/graphql/stream.ts';

/** A generator that gives 1 and then waits for ever: it does not see `return()` while it waits. */
async function* stuck(): AsyncGenerator<number> {
  yield 1;
  await new Promise<never>(() => {});
}

const OVER = { value: undefined, done: true };

describe('a mapped stream', () => {
  test('return() settles a pending next() although the source does not answer', async () => {
    let ended = 0;
    const stream = mapStream(stuck(), { map: (n) => n * 10, ended: () => ended++ });
    expect(await stream.next()).toEqual({ value: 10, done: false });
    const pending = stream.next();
    expect(await stream.return(undefined)).toEqual(OVER);
    expect(await pending).toEqual(OVER);
    expect(await stream.next()).toEqual(OVER);
    await stream.return(undefined);
    expect(ended).toBe(1);
  });

  test('an event that is being mapped when the reader leaves is dropped', async () => {
    let finish: (text: string) => void = () => {};
    const stream = mapStream(stuck(), { map: () => new Promise<string>((resolve) => (finish = resolve)) });
    const pending = stream.next();
    await Promise.resolve();
    await stream.return(undefined);
    finish('late');
    expect(await pending).toEqual(OVER);
  });

  test('the end and the failure of the source reach the reader', async () => {
    async function* broken(): AsyncGenerator<number> {
      yield 1;
      throw new Error('gone');
    }
    const told: unknown[] = [];
    for await (const value of mapStream(broken(), { map: String, failed: (error) => (error as Error).message })) told.push(value);
    expect(told).toEqual(['1', 'gone']);
    const silent = mapStream(broken(), { map: String });
    await silent.next();
    await expect(silent.next()).rejects.toThrow('gone');
    expect(await silent.next()).toEqual(OVER);
  });
});
