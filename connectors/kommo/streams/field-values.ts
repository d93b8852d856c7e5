// Values of custom fields, typed so that they can be filtered (kommo.md 4.5): one row for each element of `values`, its text
// always readable. A value of an unknown type or shape is kept as text; it never costs the whole record.
import { phoneDisplay } from '../../../lib/brazil/index.ts';
import { compare, decimal, round } from '../../../lib/money.ts';
import { PonteError } from '../../../lib/errors.ts';
import { saoPauloLocal } from '../../../lib/time.ts';
import type { Row, TableSpec } from '../../../sync/types.ts';
import type { EntityName } from '../endpoints.ts';
import type { WireFieldEntry, WireFieldValue } from '../wire.ts';
import { fieldId, optionId } from './custom-fields.ts';
import { anyInstant, clip } from './record.ts';

export const fieldValueTable: TableSpec = {
  name: 'kommo.custom_field_value',
  columns: {
    owner_id: 'uuid',
    position: 'int4',
    wallet_id: 'uuid',
    owner_type: 'text',
    field_id: 'uuid',
    text: 'text',
    number: 'numeric',
    date: 'timestamptz',
    option_id: 'uuid',
    code: 'text',
  },
  key: ['owner_id', 'position'],
  write: 'children',
  parent: 'owner_id',
};

interface Typed {
  readonly text: string;
  readonly number?: string | null;
  readonly date?: string | null;
}

type Loose = { readonly [key: string]: unknown };

const isLoose = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (value == null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean)).trim();
const joined = (parts: readonly unknown[], separator = ', '): string => parts.map(textOf).filter((part) => part !== '').join(separator);

/** The column is numeric(20,6). */
const NUMBER_LIMIT = '100000000000000';

/** A number that the column can hold; null where the text is none. */
function numberOf(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  try {
    const number = round(decimal(value), 6);
    return compare(number, NUMBER_LIMIT) < 0 && compare(number, `-${NUMBER_LIMIT}`) > 0 ? number : null;
  } catch (error) {
    if (error instanceof PonteError) return null;
    throw error;
  }
}

/** Unix seconds, their text, or RFC 3339 (kommo.md 4.5). */
function instantOf(value: unknown): string | null {
  const text = textOf(value);
  if (/^-?\d{1,12}$/.test(text)) return anyInstant(Number(text));
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? null : anyInstant(at / 1000);
}

/** A day is kept as midnight, of UTC or of the account's own zone: it is read in the zone in which it is midnight. */
const dayText = (iso: string): string => (iso.slice(11, 19) === '00:00:00' ? iso : saoPauloLocal(new Date(iso))).slice(0, 10);

const plain = ({ value }: WireFieldValue): Typed => ({ text: textOf(value) });
const numeric = ({ value }: WireFieldValue): Typed => ({ text: textOf(value), number: numberOf(value) });
const dated = (show: (iso: string) => string) => ({ value }: WireFieldValue): Typed => {
  const date = instantOf(value);
  return { text: date === null ? textOf(value) : show(date), date };
};
const day = dated(dayText);

/** `ACME Ltda (00.000.000/0001-91), Rua A, 10`. */
function legalEntity({ value }: WireFieldValue): Typed {
  if (!isLoose(value)) return { text: textOf(value) };
  const number = textOf(value['vat_id']);
  const name = textOf(value['name']);
  return { text: joined([name !== '' && number !== '' ? `${name} (${number})` : name || number, value['address'] ?? value['real_address']]) };
}

/** `2 x Sneaker 42 (SN-42) at 399`. */
function item({ value }: WireFieldValue): Typed {
  if (!isLoose(value)) return { text: textOf(value) };
  const { sku, description, quantity, unit_price: price } = value;
  const what = textOf(description) === '' ? textOf(sku) : textOf(sku) === '' ? textOf(description) : `${textOf(description)} (${textOf(sku)})`;
  return { text: [textOf(quantity) === '' ? '' : `${textOf(quantity)} x`, what, textOf(price) === '' ? '' : `at ${textOf(price)}`].filter((part) => part !== '').join(' ') };
}

const named = (...names: readonly string[]) => ({ value }: WireFieldValue): Typed =>
  isLoose(value) ? { text: joined([names.map((name) => value[name]).find((found) => textOf(found) !== '') ?? value]) } : { text: textOf(value) };

/** Has no `value` key; names of catalog elements are not read, so the numbers stand for them. */
const chained = ({ value, catalog_id: list, catalog_element_id: element }: WireFieldValue): Typed =>
  element == null ? { text: textOf(value) } : { text: list == null ? `element ${element}` : `list ${list}, element ${element}` };

const checkbox = ({ value }: WireFieldValue): Typed => ({ text: value === true || value === 1 || value === '1' || value === 'true' ? 'true' : 'false' });

const READERS: Readonly<Record<string, (value: WireFieldValue) => Typed>> = {
  numeric,
  price: numeric,
  monetary: numeric,
  checkbox,
  date: day,
  birthday: day,
  date_time: dated((iso) => saoPauloLocal(new Date(iso)).slice(0, 16)),
  legal_entity: legalEntity,
  payer: legalEntity,
  supplier: legalEntity,
  org_legal_name: legalEntity,
  items: item,
  linked_entity: named('name'),
  file: named('file_name', 'file_uuid'),
  chained_list: chained,
};

/** Types whose values are one of the field's own options; `enum_id` of addresses and phones means something else. */
const CHOICES = new Set(['select', 'multiselect', 'radiobutton', 'category']);

/** Rows of all values of a record, in the order in which they came. Empty values leave no row. */
export function fieldValueRows(walletId: string, ownerType: EntityName, ownerId: string, entries: readonly WireFieldEntry[]): Row[] {
  const rows: Row[] = [];
  for (const entry of entries) {
    const type = entry.field_type?.toLowerCase() ?? 'text';
    const read = READERS[type] ?? plain;
    for (const value of entry.values ?? []) {
      const typed = read(value);
      const option = CHOICES.has(type) && value.enum_id != null ? optionId(walletId, entry.field_id, value.enum_id) : null;
      if (typed.text === '' && option === null) continue;
      rows.push({
        owner_id: ownerId,
        position: rows.length,
        wallet_id: walletId,
        owner_type: ownerType,
        field_id: fieldId(walletId, entry.field_id),
        text: clip(typed.text),
        number: typed.number ?? null,
        date: typed.date ?? null,
        option_id: option,
        code: value.enum_code ?? (value.enum == null ? null : String(value.enum)),
      });
    }
  }
  return rows;
}

/** Texts of the fields with a code (`PHONE`, `EMAIL`), all values of each, blank ones left out. */
export function textsOf(entries: readonly WireFieldEntry[], code: string): string[] {
  return entries
    .filter((entry) => entry.field_code === code)
    .flatMap((entry) => entry.values ?? [])
    .map(({ value }) => textOf(value))
    .filter((text) => text !== '');
}

/** A phone as it is shown: in the usual form where it is a plausible number, else as somebody typed it. */
export const shownPhone = (text: string): string => phoneDisplay(text) ?? text;
