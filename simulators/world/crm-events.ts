// The audit log: base events made from the base leads, then whatever was written since. Listed by time, never scanned
// further than the page that was asked for needs.
import { eventId, serialOf } from './crm-activity.ts';
import type { BaseEvents } from './crm-activity.ts';
import type { CrmEvent } from './crm-records.ts';

const SLOTS = 2 ** 21;

export interface EventQuery {
  from?: number;
  to?: number;
  newestFirst: boolean;
  where: (event: CrmEvent) => boolean;
  offset: number;
  limit: number;
}

export class EventLog {
  readonly #base: BaseEvents;
  readonly #salt: number;
  readonly #later: CrmEvent[] = [];
  #sorted: Float64Array | undefined;

  constructor(base: BaseEvents, salt: number) {
    this.#base = base;
    this.#salt = salt;
  }

  append(event: Omit<CrmEvent, 'id'>): CrmEvent {
    const stored = { id: eventId(event.created_at, this.#base.slots + this.#later.length, this.#salt), ...event };
    this.#later.push(stored);
    return stored;
  }

  get(id: string): CrmEvent | undefined {
    const serial = serialOf(id);
    if (serial < 0) return undefined;
    const event = serial < this.#base.slots ? this.#base.at(serial) : this.#later[serial - this.#base.slots];
    return event?.id === id ? event : undefined;
  }

  list(query: EventQuery): { rows: CrmEvent[]; more: boolean } {
    const rows: CrmEvent[] = [];
    let passed = 0;
    for (const event of this.#walk(query.newestFirst)) {
      if (query.from !== undefined && event.created_at < query.from) {
        if (query.newestFirst) break;
        continue;
      }
      if (query.to !== undefined && event.created_at > query.to) {
        if (!query.newestFirst) break;
        continue;
      }
      if (!query.where(event)) continue;
      passed += 1;
      if (passed <= query.offset) continue;
      if (rows.length === query.limit) return { rows, more: true };
      rows.push(event);
    }
    return { rows, more: false };
  }

  /** Later events are younger than the base, which ends where the world was made. */
  *#walk(newestFirst: boolean): Generator<CrmEvent> {
    this.#sorted ??= this.#sort();
    const slots = this.#sorted;
    if (newestFirst)
      for (let place = this.#later.length - 1; place >= 0; place -= 1) yield this.#later[place] as CrmEvent;
    for (let place = 0; place < slots.length; place += 1) {
      const key = slots[newestFirst ? slots.length - 1 - place : place] as number;
      yield this.#base.at(key % SLOTS) as CrmEvent;
    }
    if (!newestFirst) yield* this.#later;
  }

  #sort(): Float64Array {
    const keys = new Float64Array(this.#base.slots);
    let length = 0;
    for (let slot = 0; slot < this.#base.slots; slot += 1) {
      const event = this.#base.at(slot);
      if (event) keys[length++] = event.created_at * SLOTS + slot;
    }
    return keys.subarray(0, length).sort();
  }
}
