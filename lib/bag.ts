// Things that are under way, in no order: put in and taken out all the time, looked at rarely.
//
// Not a Set: a Set that lives long is copied into a new table every few additions, and V8 keeps what stood in the old tables,
// with everything that hangs on it, until the next full collection. With one entry per request that is most of the memory
// that requests use.

export interface Place<T> {
  readonly value: T;
  /** Index in the bag; -1 once it was taken out. */
  at: number;
}

export class Bag<T> {
  readonly #places: Place<T>[] = [];

  get size(): number {
    return this.#places.length;
  }

  /** What is needed to take it out again. */
  add(value: T): Place<T> {
    const place = { value, at: this.#places.length };
    this.#places.push(place);
    return place;
  }

  /** Nothing happens where it was taken out already. */
  remove(place: Place<T>): void {
    const { at } = place;
    if (at < 0) return;
    place.at = -1;
    const last = this.#places.pop()!;
    if (last === place) return;
    this.#places[at] = last;
    last.at = at;
  }

  /** As it is now: whatever is put in or taken out meanwhile does not matter. */
  values(): T[] {
    return this.#places.map(({ value }) => value);
  }
}
