// The values of custom fields on contacts, deals and companies: all owners of a request in one statement, joined with the
// definition of the field and the chosen option, then grouped by field.
import { inWallets, whereAll, type RequestContext } from '../../lib/graphql/index.ts';
import { raw, sql } from '../../lib/sql.ts';
import { customFields, options, type CustomFieldRow, type OptionRow } from './rows.ts';
import type { KommoTypes } from './types.ts';

/** One value, typed: what does not apply to the type of its field is null. */
export interface FieldValue {
  text: string | null;
  number: string | null;
  date: string | null;
  /** WORK, MOB ... of telephones and e-mails. */
  code: string | null;
  option: OptionRow | null;
}

/** A field with the values that one record holds. */
export interface FieldValues {
  field: CustomFieldRow;
  values: FieldValue[];
}

type Prefixed = Record<string, unknown> & { ownerId: string } & Omit<FieldValue, 'option'>;

const prefixed = (alias: string, columns: Readonly<Record<string, string>>): string =>
  Object.entries(columns)
    .map(([property, column]) => `${alias}.${column} AS "${alias}.${property}"`)
    .join(', ');
const COLUMNS = raw(`${prefixed('field', customFields.columns)}, ${prefixed('option', options.columns)}`);

const part = <Row>(row: Prefixed, alias: string, columns: Readonly<Record<string, string>>): Row =>
  Object.fromEntries(Object.keys(columns).map((property) => [property, row[`${alias}.${property}`]])) as Row;

async function readValues(context: RequestContext, ownerIds: readonly string[]): Promise<Map<string, FieldValues[]>> {
  const rows = await context.database.rows<Prefixed>(
    sql`
    SELECT t.owner_id AS "ownerId", t.text, t.number, t.date, t.code, ${COLUMNS}
      FROM kommo.custom_field_value t
      JOIN kommo.custom_field field ON field.id = t.field_id AND field.wallet_id = t.wallet_id
      LEFT JOIN kommo.custom_field_option option ON option.id = t.option_id AND option.field_id = t.field_id
    ${whereAll([sql`t.owner_id = ANY(${[...ownerIds]}::uuid[])`, ...inWallets(context.allowedWallets)])}
     ORDER BY t.owner_id, field.sort NULLS LAST, field.id, t.position`,
    { prepared: true },
  );
  const owners = new Map<string, FieldValues[]>();
  // Fields and options are few and stand on many values: one object each.
  const fields = new Map<string, CustomFieldRow>();
  const choices = new Map<string, OptionRow>();
  for (const row of rows) {
    const fieldId = row['field.id'] as string;
    const optionId = row['option.id'] as string | null;
    if (!fields.has(fieldId)) fields.set(fieldId, part(row, 'field', customFields.columns));
    if (optionId !== null && !choices.has(optionId)) choices.set(optionId, part(row, 'option', options.columns));
    const value: FieldValue = {
      text: row.text,
      number: row.number,
      date: row.date,
      code: row.code,
      option: optionId === null ? null : choices.get(optionId)!,
    };
    const own = owners.get(row.ownerId);
    const last = own?.at(-1);
    if (last?.field.id === fieldId) last.values.push(value);
    else if (own) own.push({ field: fields.get(fieldId)!, values: [value] });
    else owners.set(row.ownerId, [{ field: fields.get(fieldId)!, values: [value] }]);
  }
  return owners;
}

/** The custom fields that a contact, deal or company has values for, in the order of the account. */
export async function fieldValuesOf(context: RequestContext, ownerId: string): Promise<FieldValues[]> {
  const load = context.loaders.shared<string, FieldValues[]>(customFields, 'values', (ids) => readValues(context, ids));
  return (await load(ownerId)) ?? [];
}

/** CustomField, its options, and its values on a record. */
export function addCustomFields({
  CustomFieldValues,
  CustomFieldValue,
  CustomField,
  CustomFieldOption,
}: KommoTypes): void {
  CustomFieldValues.implement({
    description: 'A custom field of the CRM with the values that one record holds.',
    fields: (t) => ({
      field: t.field({ type: CustomField, resolve: ({ field }) => field }),
      values: t.field({ type: [CustomFieldValue], resolve: ({ values }) => values }),
    }),
  });
  CustomFieldValue.implement({
    fields: (t) => ({
      text: t.exposeString('text', { nullable: true, description: 'Readable form of any value.' }),
      number: t.expose('number', { type: 'Decimal', nullable: true }),
      date: t.expose('date', { type: 'DateTime', nullable: true }),
      code: t.exposeString('code', { nullable: true, description: 'Kind of a telephone or e-mail: WORK, MOB ...' }),
      option: t.field({ type: CustomFieldOption, nullable: true, resolve: ({ option }) => option }),
    }),
  });
}
