// Why an operation or an answer is not spliced. Neither is an error of anybody: the object tier takes over.

/** The operation has something that text cannot be spliced for: seen when it is compiled. */
export class Unsuited extends Error {
  constructor(what: string) {
    super(`Not spliced: ${what}`);
    this.name = 'Unsuited';
  }
}

/** Why a text was given up: few words, because they label a metric. */
export type MisfitReason =
  | 'errors' // the subgraph told errors
  | 'fetch failed'
  | 'shape' // a byte that is not where the selection says: white space, another order of keys, another type
  | 'null' // where the schema has none
  | 'leaf' // a value that its type does not hold, or that would be written differently
  | 'gone' // an entity that does not exist, and whose fields must not be null
  | 'encoding' // not UTF-8
  | 'fault'; // ours

/** A text of a subgraph that is not as the selection says: seen when it is read. */
export class Misfit extends Error {
  readonly reason: MisfitReason;

  constructor(reason: MisfitReason) {
    super(`Not spliced: ${reason}`);
    this.name = 'Misfit';
    this.reason = reason;
  }
}
