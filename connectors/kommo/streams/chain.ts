// A whole list by id, in pages that overlap. A record that is deleted from a page that was read draws everything behind it
// one place forward, past the seam between two pages; Kommo has no filter by a range of ids (kommo.md 3.2) that would go
// on by value. So each page starts inside the one before: where it does not hold what was seen, pages further back are
// asked again until one does. Pages may still be asked for at the same time; each is judged when the one before is here.
import { PAGE_SIZE } from '../endpoints.ts';

/** The smallest page worth asking for. */
const SMALLEST = 200;

interface Window {
  readonly page: number;
  readonly limit: number;
}

const windows: Window[] = [{ page: 1, limit: PAGE_SIZE }];

/** Page and limit of the nth question (from 1): numbered pages start at multiples of their limit, so the limit varies. */
export function windowOf(index: number): Window {
  while (windows.length < index) {
    const { page, limit } = windows.at(-1)!;
    const end = page * limit;
    let best: Window = { page: 1, limit: 1 };
    for (let size = PAGE_SIZE; size >= SMALLEST; size -= 1) {
      const number = Math.floor((end - 1) / size) + 1;
      if (number * size > best.page * best.limit) best = { page: number, limit: size };
    }
    windows.push(best);
  }
  return windows[index - 1]!;
}

/** What a question brought: its items, its lowest and highest id (Infinity and 0 where it has none), whether more follow. */
export interface Link<T> {
  readonly items: readonly T[];
  readonly first: number;
  readonly last: number;
  readonly more: boolean;
}

/** How far the chain reaches: every record up to `last` that is still there was read. */
export interface Reach {
  readonly last: number;
  readonly more: boolean;
}

/** Joins `link`, the answer to question `index`, to what was read; asks again for what slipped between. */
export async function join<T>(index: number, link: Link<T>, before: Reach, ask: (index: number) => Promise<Link<T>>): Promise<Reach & { readonly links: readonly Link<T>[] }> {
  if (!before.more) return { ...before, links: [] };
  if (index === 1 || link.first <= before.last) return { last: Math.max(before.last, link.last), more: link.more, links: [link] };
  let at = index;
  let back = link;
  for (let step = 1; back.first > before.last && at > 1; step *= 2) {
    at = Math.max(1, at - step);
    back = await ask(at);
  }
  const links = [back];
  let last = Math.max(before.last, back.last);
  while (at < index && last < link.first && back.more) {
    const next = await ask(at + 1);
    // Deleted again meanwhile: the same place once more.
    back = next.first > last ? await ask(at) : next;
    if (back === next) at += 1;
    links.push(back);
    last = Math.max(last, back.last);
  }
  const caught = last >= link.first;
  return { last: Math.max(last, link.last), more: caught ? link.more : back.more, links: [...links, link] };
}
