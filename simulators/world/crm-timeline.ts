// When base records were created and changed. Creation grows with the index, like the ids. Changes come late, and
// one in ten comes from an import or a robot that wrote many records in the same second: a strict `>` on
// `updated_at` would lose all of them but the first page.
import type { Seed } from './rng.ts';

const DAY = 86_400;
const ROBOT_EVERY = 30 * DAY;
/** 06:00:00 UTC, 03:00 in São Paulo. */
const ROBOT_AT = 6 * 3600;

export class Timeline {
  readonly start: number;
  readonly end: number;
  #seed: Seed;
  #count: number;
  #created: number;
  #changed: number;
  #robot: number;

  constructor(seed: Seed, name: string, count: number, endSeconds: number, days: number) {
    this.#seed = seed;
    this.#count = Math.max(1, count);
    this.end = endSeconds - 60;
    this.start = this.end - days * DAY;
    this.#created = seed.salt(`${name}-created`);
    this.#changed = seed.salt(`${name}-changed`);
    this.#robot = seed.salt(`${name}-robot`);
  }

  /** Unix seconds; never falls with a growing index. */
  createdAt(index: number): number {
    const jitter = this.#seed.unit(this.#created, index);
    return Math.floor(this.start + ((index + jitter) / this.#count) * (this.end - this.start));
  }

  /** Unix seconds of the last change, at least `after`. */
  updatedAt(index: number, after: number): number {
    const draw = this.#seed.unit(this.#changed, index);
    const lag = draw < 0.25 ? 0 : draw ** 3 * 120 * DAY;
    const touched = Math.min(this.end, Math.floor(after + lag));
    if (this.#seed.unit(this.#robot, index) > 0.1) return touched;
    const run = Math.ceil((touched - ROBOT_AT) / ROBOT_EVERY) * ROBOT_EVERY + ROBOT_AT;
    return run <= this.end ? run : touched;
  }

  /** How far along the account's life a moment is, 0 to 1. */
  progress(at: number): number {
    return (at - this.start) / (this.end - this.start);
  }
}
