// Pages are asked for ahead and handed over in order; no more are asked in vain than the promise says.
import { describe, expect, test } from 'vitest';
import { createPageSource } from '../../sync/pages.ts';
import { advance, newCheckpoint, orderStreams, remaining, totalOf } from '../../sync/plan.ts';
import { createSlots, slotsFor } from '../../sync/slots.ts';
import type { Cursor, FetchedPage, Partition, Stream } from '../../sync/index.ts';

const part = (key: string, parallel = true): { partition: Partition; cursor: Cursor; fetched: number } => ({ partition: { key, start: { page: 1 }, params: {}, parallel }, cursor: { page: 1 }, fetched: 0 });

/** A provider of `pages` pages of 10; answers in random order, and counts. */
function provider(pages: number, { total = false, size = 10 } = {}) {
  const asked: number[] = [];
  let inFlight = 0;
  let most = 0;
  return {
    asked,
    most: () => most,
    async fetch(_partition: Partition, cursor: Cursor, signal: AbortSignal): Promise<FetchedPage> {
      const page = Number(cursor['page']);
      asked.push(page);
      most = Math.max(most, ++inFlight);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 8));
      inFlight--;
      signal.throwIfAborted();
      const fetched = page <= pages ? size : 0;
      return { records: [], rejected: [], fetched, next: page < pages ? { page: page + 1 } : null, ...(total ? { total: pages * size } : {}) };
    },
  };
}

async function drain(source: ReturnType<typeof createPageSource>): Promise<string[]> {
  const seen: string[] = [];
  for (let read = await source.next(); read !== null; read = await source.next()) seen.push(`${read.partition.key}${read.page.next === null ? '!' : ''}`);
  return seen;
}

describe('pages', () => {
  test('come in order of their partitions, each once, with a total not one in vain', async () => {
    const { fetch, asked, most } = provider(7, { total: true });
    const source = createPageSource({ parts: [part('a'), part('b'), part('c')], slots: createSlots(4), signal: new AbortController().signal, fetch });
    expect(await drain(source)).toEqual(['a', 'b', 'c'].flatMap((key) => [...Array(6).fill(key), `${key}!`]));
    expect(asked).toHaveLength(21);
    expect(most()).toBe(4);
    expect(Object.fromEntries(source.totals)).toEqual({ a: 70, b: 70, c: 70 });
  });

  test.each([[1, 0], [2, 2], [5, 3], [40, 3]])('without a total, %i pages cost at most %i in vain: a window that grows with the pages, without the last page', async (pages, most) => {
    const { fetch, asked } = provider(pages);
    expect(await drain(createPageSource({ parts: [part('a')], slots: createSlots(4), signal: new AbortController().signal, fetch }))).toHaveLength(pages);
    expect(asked.filter((page) => page > pages).length).toBeLessThanOrEqual(most);
  });

  test('of a keyset are asked one after the other, and many partitions do not starve the first', async () => {
    const { fetch, asked } = provider(30);
    const parts = Array.from({ length: 6 }, (_, n) => part(String(n), false));
    const seen = await drain(createPageSource({ parts, slots: createSlots(3), signal: new AbortController().signal, fetch }));
    expect(seen).toHaveLength(180);
    expect(asked).toHaveLength(180);
    expect(seen.map((one) => Number.parseInt(one, 10))).toEqual(Array.from({ length: 180 }, (_, n) => Math.floor(n / 30)));
  });

  test('after a failure the rest is dropped, and what was asked is aborted', async () => {
    const abort = new AbortController();
    const { fetch } = provider(9, { total: true });
    let aborted = 0;
    const source = createPageSource({
      parts: [part('a')], slots: createSlots(3), signal: abort.signal,
      fetch: async (partition, cursor, signal) => {
        if (cursor['page'] === 3) throw new Error('page 3');
        if (Number(cursor['page']) > 3) signal.addEventListener('abort', () => aborted++);
        return fetch(partition, cursor, signal);
      },
    });
    expect((await source.next())!.page.next).toEqual({ page: 2 });
    expect((await source.next())!.page.next).toEqual({ page: 3 });
    await expect(source.next()).rejects.toThrow('page 3');
    source.close();
    expect(aborted).toBeGreaterThan(0);
  });
});

describe('a plan', () => {
  test('goes on at its checkpoint, whatever else has changed', () => {
    let at = newCheckpoint(new Date('2026-03-01T00:00:00Z'));
    at = advance(at, 'a', 10, { page: 2 });
    at = advance(at, 'a', 10, null);
    at = advance(at, 'b', 10, { page: 2 });
    expect(at).toMatchObject({ done: { a: 20 }, partition: 'b', cursor: { page: 2 }, fetched: 10 });
    const plan = [part('new'), part('a'), part('b')].map(({ partition }) => partition);
    expect(remaining(plan, at).map(({ partition, cursor }) => [partition.key, cursor['page']])).toEqual([['b', 2], ['new', 1]]);
    expect(totalOf(at, ['b', 'new'], new Map([['b', 30], ['new', 5]]), null)).toEqual({ total: 55, basis: 'COUNTED' });
    expect(totalOf(at, ['b', 'new'], new Map([['b', 30]]), 100)).toEqual({ total: 100, basis: 'ESTIMATED' });
    expect(totalOf(at, ['b', 'new'], new Map(), null)).toEqual({ total: null, basis: 'UNKNOWN' });
  });

  test('orders streams by what they come after, and leaves out what was not asked for', () => {
    const stream = (name: string, ...after: string[]) => ({ name, after }) as unknown as Stream;
    const all = [stream('sales', 'clients', 'stores'), stream('clients', 'stores'), stream('stores'), stream('a', 'b'), stream('b', 'a')];
    expect(orderStreams(all, []).map(({ name }) => name)).toEqual(['stores', 'clients', 'sales', 'b', 'a']);
    expect(orderStreams(all, ['sales', 'stores']).map(({ name }) => name)).toEqual(['stores', 'sales']);
    expect(() => orderStreams(all, ['deals'])).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT' }));
  });
});

test('as many requests are in flight as keep the rate busy', () => {
  expect(slotsFor(3, 400)).toBe(3);
  expect(slotsFor(7, 250)).toBe(4);
  expect(slotsFor(200, 20)).toBe(7);
});
