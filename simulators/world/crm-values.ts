// Makers of custom field values as the provider stores them (kommo.md 4.5). Fields without a value stay away.
import type { FieldDefinition, FieldEntry, FieldValue } from './crm-records.ts';
import type { Address } from './people.ts';
import type { Rng } from './rng.ts';

export type Fields = ReadonlyMap<number, FieldDefinition>;

/** Collects the entries of one card. */
export class EntryList {
  readonly #entries: FieldEntry[] = [];
  readonly #fields: Fields;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  add(fieldId: number, ...values: FieldValue[]): this {
    const field = this.#fields.get(fieldId);
    if (field && values.length > 0) {
      this.#entries.push({
        field_id: field.id,
        field_name: field.name,
        field_code: field.code,
        field_type: field.type,
        values,
      });
    }
    return this;
  }

  value(fieldId: number, value: string | number | boolean): this {
    return this.add(fieldId, { value });
  }

  /** `choices` are positions in the list of options. */
  choose(fieldId: number, ...choices: number[]): this {
    const enums = this.#fields.get(fieldId)?.enums ?? [];
    const values = choices.flatMap((choice): FieldValue[] => {
      const option = enums[choice % Math.max(1, enums.length)];
      return option ? [{ value: option.value, enum_id: option.id, enum_code: option.code ?? null }] : [];
    });
    return this.add(fieldId, ...values);
  }

  /** Phones and e-mails: a text with the code of its kind. */
  multi(fieldId: number, values: readonly (readonly [value: string, code: string])[]): this {
    const enums = this.#fields.get(fieldId)?.enums ?? [];
    const entries = values.map(([value, code]): FieldValue => ({
      value,
      enum_id: enums.find((option) => option.code === code)?.id ?? 0,
      enum_code: code,
    }));
    return this.add(fieldId, ...entries);
  }

  done(): FieldEntry[] | null {
    return this.#entries.length > 0 ? this.#entries : null;
  }
}

/** Up to six parts, with the fixed ids 1 to 6 of the address type. */
export function addressValues(address: Address, complete: boolean): FieldValue[] {
  const parts: (readonly [string, string])[] = [
    ['address_line_1', `${address.street}, ${address.number}`],
    ['address_line_2', address.complement || address.district],
    ['city', address.city.name],
    ['state', address.city.state],
    ['zip', address.postalCode],
    ['country', 'BR'],
  ];
  const values = parts.map(([code, value], index): FieldValue => ({ value, enum_id: index + 1, enum_code: code }));
  return complete ? values : values.slice(0, 4);
}

export function fileValue(rng: Rng, name: string): FieldValue {
  const block = (length: number): string => Array.from({ length }, () => rng.int(0, 15).toString(16)).join('');
  const uuid = (): string => `${block(8)}-${block(4)}-4${block(3)}-8${block(3)}-${block(12)}`;
  return { value: { file_uuid: uuid(), version_uuid: uuid(), file_name: name, file_size: rng.int(20_000, 900_000) } };
}
