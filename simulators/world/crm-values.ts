// Makers of custom field values as the provider stores them (kommo.md 4.5), and the noise of a CRM that people type
// into: phones with and without +55 and the ninth digit, CPF/CNPJ with and without mask, e-mails in capitals.
import type { FieldDefinition, FieldEntry, FieldValue } from './crm-records.ts';
import { maskDocument, isValidDocument } from './documents.ts';
import type { Address, Phone } from './people.ts';
import { withoutAccents } from './people.ts';
import type { Rng } from './rng.ts';

export type Fields = ReadonlyMap<number, FieldDefinition>;

/** Collects the entries of one card; fields without a value stay away, as in the provider's answers. */
export class EntryList {
  readonly entries: FieldEntry[] = [];
  #fields: Fields;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  add(fieldId: number, ...values: FieldValue[]): this {
    const field = this.#fields.get(fieldId);
    if (field && values.length > 0) {
      this.entries.push({ field_id: field.id, field_name: field.name, field_code: field.code, field_type: field.type, values });
    }
    return this;
  }

  text(fieldId: number, value: string | number | boolean): this {
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

  multi(fieldId: number, values: readonly (readonly [value: string, code: string])[]): this {
    const enums = this.#fields.get(fieldId)?.enums ?? [];
    return this.add(
      fieldId,
      ...values.map(([value, code]): FieldValue => ({ value, enum_id: enums.find((option) => option.code === code)?.id ?? 0, enum_code: code })),
    );
  }

  done(): FieldEntry[] | null {
    return this.entries.length > 0 ? this.entries : null;
  }
}

/** A phone as somebody typed it. */
export function typedPhone(phone: Phone, rng: Rng): string {
  const mobile = phone.subscriber.length === 9;
  const tail = phone.subscriber.slice(-4);
  const head = phone.subscriber.slice(0, -4);
  const style = rng.weighted([45, 18, 15, 10, 7, 5]);
  if (style === 0) return `+55${phone.area}${phone.subscriber}`;
  if (style === 1) return `${phone.area}${phone.subscriber}`;
  if (style === 2) return `(${phone.area}) ${head}-${tail}`;
  // numbers saved before the ninth digit came
  if (style === 3) return `+55 ${phone.area} ${mobile ? head.slice(1) : head}-${tail}`;
  if (style === 4) return `+55 (${phone.area}) ${head} ${tail}`;
  return `0${phone.area} ${head}-${tail}`;
}

/** A document as somebody typed it: masked, bare, now and then with a wrong digit. */
export function typedDocument(document: string, rng: Rng): string {
  if (rng.chance(0.02)) {
    const wrong = document.slice(0, -1) + String((Number(document.at(-1)) + 1) % 10);
    return isValidDocument(wrong) ? document : wrong;
  }
  return rng.chance(0.6) ? maskDocument(document) : document;
}

export function typedEmail(email: string, rng: Rng): string {
  return rng.chance(0.12) ? email.toUpperCase() : rng.chance(0.05) ? ` ${email}` : email;
}

/** A person's name as somebody typed it. */
export function typedName(first: string, last: string, rng: Rng): { name: string; first_name: string; last_name: string } {
  const shortFirst = first.split(' ')[0] as string;
  const shortLast = last.split(' ').at(-1) as string;
  const style = rng.weighted([66, 12, 10, 5, 4, 3]);
  if (style === 1) return named(withoutAccents(first), withoutAccents(last));
  if (style === 2) return named(shortFirst, shortLast);
  if (style === 3) return named(first.toUpperCase(), last.toUpperCase());
  if (style === 4) return named(shortFirst, '');
  // everything in one box: the other two stay empty
  if (style === 5) return { name: `${shortFirst} ${shortLast} (Zap)`, first_name: '', last_name: '' };
  return named(first, last);
}

function named(first: string, last: string): { name: string; first_name: string; last_name: string } {
  return { name: `${first} ${last}`.trim(), first_name: first, last_name: last };
}

/** Up to six parts with the fixed ids of the address type. */
export function addressValues(address: Address, rng: Rng): FieldValue[] {
  const parts: (readonly [string, string])[] = [
    ['address_line_1', `${address.street}, ${address.number}`],
    ['address_line_2', address.complement || address.district],
    ['city', address.city.name],
    ['state', address.city.state],
    ['zip', address.postalCode],
    ['country', 'BR'],
  ];
  const wanted = rng.chance(0.7) ? parts : parts.slice(0, 4);
  return wanted.map(([code, value]) => ({ value, enum_id: parts.findIndex((part) => part[0] === code) + 1, enum_code: code }));
}

export function fileValue(rng: Rng, name: string): FieldValue {
  const block = (length: number): string => Array.from({ length }, () => rng.int(0, 15).toString(16)).join('');
  const uuid = (): string => `${block(8)}-${block(4)}-4${block(3)}-8${block(3)}-${block(12)}`;
  return { value: { file_uuid: uuid(), version_uuid: uuid(), file_name: name, file_size: rng.int(20_000, 900_000) } };
}
