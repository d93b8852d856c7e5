// The oldest title that is still open in the copy. Whatever happens to an open title, however old, happens from its own day
// on: incremental runs begin there. Asked once for a run and kind, so that a plan made again has the same windows.
import { addDays, saoPauloToday } from '../../lib/time.ts';
import type { ReadContext } from '../../sync/types.ts';

export type Direction = 'RECEIVABLE' | 'PAYABLE';

/** Day (`YYYY-MM-DD`) on which the oldest open title of a wallet is due, of those due on `since` or later; null: none. */
export type OldestOpenTitle = (walletId: string, direction: Direction, since: string) => Promise<string | null>;

/** What is needed of a database: a pool of pg, or a client. */
interface Queryable {
  query(text: string, values: unknown[]): Promise<{ rows: { due: string }[] }>;
}

/** Looks in gestao_click.payment. Instalments of sales are no titles of the ERP. */
export const createOldestOpenTitle =
  (database: Queryable): OldestOpenTitle =>
  async (walletId, direction, since) => {
    const { rows } = await database.query(
      `SELECT due_date::text AS due FROM gestao_click.payment WHERE wallet_id = $1 AND direction = $2 AND origin = 'TITLE' AND NOT settled AND due_date >= $3::date
       ORDER BY due_date LIMIT 1`,
      [walletId, direction, since],
    );
    return rows[0]?.due ?? null;
  };

/** Runs whose answer is kept. */
const RUNS = 32;

export class OpenTitles {
  readonly #ask: OldestOpenTitle | undefined;
  readonly #mostDays: number;
  readonly #known = new Map<string, Promise<string | null>>();

  /** `mostDays`: open titles due longer ago are left to full runs. */
  constructor(ask: OldestOpenTitle | undefined, mostDays: number) {
    this.#ask = ask;
    this.#mostDays = mostDays;
  }

  /** Null where no title is open, or nobody can tell. Throws what the database throws. */
  async oldest({ walletId, startedAt }: ReadContext, direction: Direction): Promise<string | null> {
    if (this.#ask === undefined) return null;
    const key = `${walletId}@${startedAt.toISOString()}|${direction}`;
    const known = this.#known.get(key);
    if (known) return known;
    const asked = this.#ask(walletId, direction, addDays(saoPauloToday(startedAt), -this.#mostDays));
    this.#known.set(key, asked);
    const [first] = this.#known.keys();
    if (this.#known.size > RUNS && first !== undefined) this.#known.delete(first);
    try {
      return await asked;
    } catch (error) {
      this.#known.delete(key);
      throw error;
    }
  }
}
