// Reads the partitions of a stream ahead of whoever consumes them, and hands the pages over in order: partition by
// partition, page by page. Numbered pages are asked for before the one before has answered; where the provider tells a
// total it is the end of that, else the lead grows with every page that came, so a partition of one page costs no request in vain.
import { setMaxListeners } from 'node:events';
import type { Part } from './plan.ts';
import type { Slots } from './slots.ts';
import type { Cursor, FetchedPage, Partition } from './types.ts';

export interface PageRead {
  readonly partition: Partition;
  readonly page: FetchedPage;
}

export interface PageSource {
  /** The next page in order; null after the last. Rejects where asking for it failed. */
  next(): Promise<PageRead | null>;
  /** What the provider announced, by key of the partition. */
  readonly totals: ReadonlyMap<string, number>;
  /** True once the last page has been handed over. */
  finished(): boolean;
  /** Requests made so far, those in vain included. */
  requests(): number;
  /** Aborts what is in flight. */
  close(): void;
}

export interface PageSourceOptions {
  readonly parts: readonly Part[];
  readonly slots: Slots;
  readonly signal: AbortSignal;
  /** Asks for one page. */
  fetch(partition: Partition, cursor: Cursor, signal: AbortSignal): Promise<FetchedPage>;
}

/** A partition while it is read. */
interface Lane {
  readonly partition: Partition;
  readonly abort: AbortController;
  /** Pages asked for and not yet consumed, in order. */
  readonly pending: Promise<FetchedPage>[];
  /** Cursor of the next page to ask for; null where it is not known yet. */
  cursor: Cursor | null;
  inFlight: number;
  answered: number;
  /** Number of the last page, once total and page size are known. */
  lastPage: number | null;
  /** The last page was seen: nothing more to ask. */
  ended: boolean;
}

const pageNumber = (cursor: Cursor | null): number => Number(cursor?.['page'] ?? Number.NaN);

export function createPageSource({ parts, slots, signal, fetch }: PageSourceOptions): PageSource {
  const totals = new Map<string, number>();
  const lanes = parts.map(({ partition, cursor }): Lane => {
    if (partition.expected !== undefined) totals.set(partition.key, partition.expected);
    const abort = new AbortController();
    setMaxListeners(0, abort.signal); // every page in flight listens
    return { partition, cursor, abort, pending: [], inFlight: 0, answered: 0, lastPage: null, ended: false };
  });
  /** Pages asked for and not yet consumed, of all lanes: what may lie in memory. */
  const most = slots.size * 2 + 2;
  let current = 0;
  let requests = 0;
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    signal.removeEventListener('abort', close);
    for (const lane of lanes) lane.abort.abort(signal.aborted ? signal.reason : undefined);
  };
  signal.addEventListener('abort', close, { once: true });
  const outstanding = () => lanes.reduce((all, lane) => all + lane.pending.length, 0);

  function mayAsk(lane: Lane): boolean {
    if (lane.ended || lane.cursor === null) return false;
    if (!lane.partition.parallel || Number.isNaN(pageNumber(lane.cursor))) return lane.inFlight === 0;
    if (lane.lastPage !== null && pageNumber(lane.cursor) <= lane.lastPage) return true;
    if (lane.lastPage !== null) return lane.inFlight === 0; // more than was announced: one by one
    return lane.inFlight < Math.min(slots.size, 1 + 2 * lane.answered);
  }

  function answeredBy(lane: Lane, page: FetchedPage): void {
    lane.answered++;
    if (page.total !== undefined) totals.set(lane.partition.key, page.total);
    if (page.next === null) {
      lane.ended = true; // pages before it may still be under way; those behind it are dropped when it is consumed
      return;
    }
    if (!lane.partition.parallel || Number.isNaN(pageNumber(page.next))) {
      lane.cursor = page.next;
      return;
    }
    // A page in the middle is full: its size is the page size.
    if (page.total !== undefined && page.fetched > 0 && lane.lastPage === null) lane.lastPage = Math.ceil(page.total / page.fetched);
  }

  async function ask(lane: Lane, cursor: Cursor): Promise<FetchedPage> {
    const giveBack = await slots.take(lane.abort.signal);
    try {
      requests++;
      const page = await fetch(lane.partition, cursor, lane.abort.signal);
      answeredBy(lane, page);
      return page;
    } finally {
      lane.inFlight--;
      giveBack();
      fill();
    }
  }

  function launch(lane: Lane): void {
    const cursor = lane.cursor!;
    const number = pageNumber(cursor);
    lane.cursor = lane.partition.parallel && !Number.isNaN(number) ? { ...cursor, page: number + 1 } : null;
    lane.inFlight++;
    const page = ask(lane, cursor);
    page.catch(() => {}); // the consumer meets it, unless it is dropped
    lane.pending.push(page);
  }

  function fill(): void {
    if (closed || signal.aborted) return;
    for (let index = current; index < lanes.length; index++) {
      const lane = lanes[index]!;
      // The lane in hand may always have one page under way: later lanes must not starve it.
      while (mayAsk(lane) && (outstanding() < most || (index === current && lane.pending.length === 0))) launch(lane);
      if (outstanding() >= most) return;
    }
  }

  return {
    totals,
    finished: () => current >= lanes.length,
    requests: () => requests,
    close,
    async next() {
      for (;;) {
        signal.throwIfAborted();
        fill();
        const lane = lanes[current];
        if (!lane) return null;
        const first = lane.pending[0];
        if (!first) throw new Error(`Partition ${lane.partition.key} has no page to go on with.`);
        const page = await first;
        lane.pending.shift();
        if (page.next === null) {
          lane.pending.length = 0; // asked for beyond the end
          lane.abort.abort();
          current++;
        }
        return { partition: lane.partition, page };
      }
    },
  };
}
