// The query part of a request: in order, repeatable names, and a form of it that may be logged.

/** `[['filter[updated_at][from]', 1700000000], ['with', 'contacts']]` or a record. Undefined and null values are left out. */
export type Query =
  | readonly (readonly [string, string | number | boolean | null | undefined])[]
  | Readonly<Record<string, string | number | boolean | null | undefined>>;

function pairs(query: Query): [string, string][] {
  const all = Array.isArray(query) ? (query as readonly (readonly [string, unknown])[]) : Object.entries(query);
  return all.flatMap(([name, value]): [string, string][] => (value === undefined || value === null ? [] : [[name, String(value)]]));
}

const nameText = (name: string): string => encodeURIComponent(name).replaceAll('%5B', '[').replaceAll('%5D', ']');

/** `?a=1&b=2`, or an empty text. Brackets stay readable: the providers write them plainly. */
export function queryString(query: Query = []): string {
  const text = pairs(query)
    .map(([name, value]) => `${nameText(name)}=${encodeURIComponent(value)}`)
    .join('&');
  return text === '' ? '' : `?${text}`;
}

/** The query as a log may show it: values only of the names that are known to be harmless. */
export const shownQuery = (query: Query, harmless: ReadonlySet<string>): Record<string, string> =>
  Object.fromEntries(pairs(query).map(([name, value]) => [name, harmless.has(name) ? value : '…']));
