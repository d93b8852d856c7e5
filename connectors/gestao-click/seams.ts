// The seam between two numbered pages. A record that goes while a list is read draws everything behind it one place
// forward: what stood first on the page to come is now last on the page that was read, and neither shows it. A total that
// differs between neighbouring pages tells; so does a pause, over which the total proves nothing. Then the earlier page is
// asked again: what slipped lies at its end, or further back where more than a page has gone.
import type { ReadContext } from '../../sync/types.ts';

/** Between the answers of neighbouring pages; after longer an equal total may hide one gone and one come. */
const PAUSE_MS = 120_000;
/** Lists and pages that are remembered: more than can be under way. Where one is missing its page is not compared. */
const LISTS = 64;
const PAGES = 64;

/** What is kept of a page that was read. */
export interface PageFacts {
  /** Reading of `performance.now()` when it had come; -Infinity: in another process. */
  readonly at: number;
  /** Records of the whole list then; null where the provider did not say. */
  readonly total: number | null;
  /** Id of its last record; null where it has none. */
  readonly lastId: string | null;
  /** The list ended with it. */
  readonly ends: boolean;
}

/** Whether a record may have slipped between two neighbouring pages. */
export function isTorn(earlier: PageFacts, later: PageFacts): boolean {
  if (earlier.ends) return false;
  if (earlier.total === null || earlier.total !== later.total) return true;
  return Math.abs(later.at - earlier.at) > PAUSE_MS;
}

/** Whether a page holds `lastId` or what stood before it: then all that slipped behind it is on this page, or later. */
export const reaches = (ids: readonly (string | null)[], lastId: string): boolean =>
  ids.some((id) => id !== null && (id === lastId || Number(id) <= Number(lastId)));

/** The pages of lists that this process has read lately. Without it (after a restart) the checkpoint tells the last id. */
export class Seams {
  readonly #lists = new Map<string, Map<number, PageFacts>>();

  note(context: ReadContext, key: string, page: number, facts: PageFacts): void {
    const place = placeOf(context, key);
    const pages = this.#lists.get(place) ?? new Map<number, PageFacts>();
    this.#lists.delete(place);
    this.#lists.set(place, pages);
    dropOldest(this.#lists, LISTS);
    pages.delete(page);
    pages.set(page, facts);
    dropOldest(pages, PAGES);
  }

  at(context: ReadContext, key: string, page: number): PageFacts | undefined {
    return this.#lists.get(placeOf(context, key))?.get(page);
  }
}

const placeOf = ({ walletId, startedAt }: ReadContext, key: string): string => `${walletId}@${startedAt.toISOString()}|${key}`;

function dropOldest<K>(map: Map<K, unknown>, most: number): void {
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
}
