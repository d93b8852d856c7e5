// Names of prepared statements: Postgres keeps the plan of a named statement for each connection, so only texts that come
// back get one, and only so many of them.

/** Statements kept by each connection; at some 50 KB of plan each this stays far below what a connection costs anyway. */
const MOST = 200;
/** A text that comes a third time will come more often. */
const USES_BEFORE = 2;
/** Texts whose uses are counted. */
const MOST_COUNTED = 2_000;

export class StatementNames {
  readonly #names = new Map<string, string>();
  #uses = new Map<string, number>();

  /** The name under which a text is prepared; undefined where it is to be planned each time. */
  of(text: string): string | undefined {
    const name = this.#names.get(text);
    if (name !== undefined || this.#names.size >= MOST) return name;
    const uses = (this.#uses.get(text) ?? 0) + 1;
    if (uses > USES_BEFORE) {
      this.#uses.delete(text);
      const given = `ponte_${this.#names.size}`;
      this.#names.set(text, given);
      return given;
    }
    if (this.#uses.size >= MOST_COUNTED) this.#uses = new Map();
    this.#uses.set(text, uses);
    return undefined;
  }
}
