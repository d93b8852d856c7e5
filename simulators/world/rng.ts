// Seeded randomness: every number is a pure function of (seed, collection, index, slot), so that record 912,345
// of a collection can be made without making the ones before it. No state is shared between records.

/** Mixes a 32-bit integer (the finaliser of MurmurHash3: every input bit reaches every output bit). */
function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** FNV-1a over the characters of a text: turns names of collections and textual seeds into 32-bit integers. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return mix(hash);
}

/** A sequence of numbers that belongs to one record. Two instances made from the same arguments agree for ever. */
export class Rng {
  #state: number;

  constructor(state: number) {
    this.#state = state >>> 0;
  }

  /** The next 32-bit unsigned integer. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) >>> 0;
    return mix(this.#state);
  }

  /** A number in [0, 1). */
  unit(): number {
    return this.next() / 0x1_0000_0000;
  }

  /** An integer in [from, to], both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.unit() * (to - from + 1));
  }

  /** True with the given probability (0 to 1). */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One element of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.unit() * list.length)] as T;
  }

  /** An index of `weights`, drawn in proportion to them. */
  weighted(weights: readonly number[]): number {
    return weightedIndex(weights, this.unit());
  }

  /** `length` decimal digits. */
  digits(length: number): string {
    let text = '';
    while (text.length < length) text += String(this.int(0, 9));
    return text;
  }
}

/** The index of `weights` in which `unit` (in [0, 1)) falls. */
export function weightedIndex(weights: readonly number[], unit: number): number {
  let total = 0;
  for (const weight of weights) total += weight;
  let rest = unit * total;
  for (let i = 0; i < weights.length; i++) {
    rest -= weights[i] as number;
    if (rest < 0) return i;
  }
  return weights.length - 1;
}

/** The source of all randomness of one world. */
export class Seed {
  readonly value: number;
  readonly #salts = new Map<string, number>();

  constructor(seed: number | string) {
    this.value = hashText(String(seed));
  }

  /** The salt of a collection or field, for `draw`. */
  salt(name: string): number {
    let salt = this.#salts.get(name);
    if (salt === undefined) {
      salt = mix(this.value ^ hashText(name));
      this.#salts.set(name, salt);
    }
    return salt;
  }

  /** One stateless 32-bit number: for the fields that are needed for a million records at once. */
  draw(salt: number, index: number): number {
    return mix(mix(salt ^ Math.imul(index + 1, 0x9e3779b9)) + index);
  }

  /** Like `draw`, in [0, 1). */
  unit(salt: number, index: number): number {
    return this.draw(salt, index) / 0x1_0000_0000;
  }

  /** The random sequence of record `index` of a collection. */
  rng(collection: string, index: number): Rng {
    return new Rng(this.draw(this.salt(collection), index));
  }

  /**
   * A number in [0, size) that no other index below `size` gets: a one-to-one scramble, used where values must
   * be unique (documents, phone numbers). `size` must be a multiple of 10 and nothing but factors 2 and 5.
   */
  scramble(name: string, index: number, size: number): number {
    const salt = this.salt(name);
    const factor = (salt % 40_000) * 10 + 1_003_007;
    return (factor * index + (mix(salt) % size)) % size;
  }
}
