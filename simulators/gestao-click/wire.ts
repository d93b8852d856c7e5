// Numbers as texts: the API has no others (gestao-click.md 5).

export type Row = Record<string, unknown>;

/** Cents -> `60.00`. */
export function money(cents: number): string {
  return decimal(cents, 2);
}

/** Cents -> `60.0000`. */
export function money4(cents: number): string {
  return `${decimal(cents, 2)}00`;
}

/** An integer of 10^-places -> decimal text, exactly. */
export function decimal(units: number, places: number): string {
  const sign = units < 0 ? '-' : '';
  const digits = String(Math.abs(units)).padStart(places + 1, '0');
  return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** `60`, `60.5`, `"60,50"` or `"60.5000"` -> cents; null for what is no amount. */
export function centsOf(value: unknown): number | null {
  if (value === null || value === undefined || value === '') return null;
  const text = String(value).trim().replace(',', '.');
  return /^-?\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * 100) : null;
}

/** A scalar of a request body as text; '' for null and absent. */
export function textOf(value: unknown): string {
  return value === null || value === undefined || typeof value === 'object' ? '' : String(value);
}

/** The rows in a list of single-key wrappers, `[{"produto": {...}}]`; bare rows are taken as they are. */
export function unwrapAll(value: unknown, key: string): Row[] {
  if (!Array.isArray(value)) return [];
  return value.map((item) => {
    const row = item as Row;
    return (typeof row?.[key] === 'object' && row[key] !== null ? row[key] : row) as Row;
  });
}
