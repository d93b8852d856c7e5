// Shapes of Kommo's JSON as it enters the house (kommo.md 3.1, 4, 11). Only what is used is described, and leniently where
// the sources disagree; everything else stays in `metadata`. What does not fit is an error with the path of the field.
import { z } from 'zod';

/** Ids are integers; some old bodies send them as digits in a text. Always a text in our house. */
const id = z.union([z.int().nonnegative(), z.string().regex(/^\d+$/)]).transform(String);
/** Unix seconds. */
const seconds = z.union([z.int(), z.string().regex(/^-?\d+$/).transform(Number)]);
const count = z.union([z.int(), z.string().regex(/^-?\d+$/).transform(Number)]);
const flag = z.union([z.boolean(), z.literal([0, 1]).transform((bit) => bit === 1)]);
const text = z.string().nullish();
const amount = z.union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/)]);

/** One element of a custom field's `values`; `value` may be anything, and is missing in chained lists. */
export const fieldValue = z.object({
  value: z.unknown().optional(),
  enum_id: id.nullish().catch(null),
  enum_code: text.catch(null),
  /** What old accounts send instead of `enum_code` (kommo.md 4.5). */
  enum: z.union([z.string(), z.number()]).nullish().catch(null),
  catalog_id: z.number().nullish().catch(null),
  catalog_element_id: z.number().nullish().catch(null),
});
export type WireFieldValue = z.infer<typeof fieldValue>;

export const fieldEntry = z.object({
  field_id: id,
  field_name: text,
  field_code: text,
  field_type: text,
  values: z.array(fieldValue).nullish(),
});
export type WireFieldEntry = z.infer<typeof fieldEntry>;

const tagOnCard = z.object({ name: z.string() });
const reference = z.object({ id });
const embedded = {
  tags: z.array(tagOnCard).nullish(),
  companies: z.array(reference).nullish(),
};

const card = {
  id,
  responsible_user_id: id.nullish(),
  created_at: seconds.nullish(),
  updated_at: seconds.nullish(),
  is_deleted: flag.nullish(),
  custom_fields_values: z.array(fieldEntry).nullish(),
};

export const contact = z.object({
  ...card,
  name: text,
  first_name: text,
  last_name: text,
  _embedded: z.object(embedded).nullish(),
});
export type WireContact = z.infer<typeof contact>;

export const company = z.object({ ...card, name: text, _embedded: z.object(embedded).nullish() });
export type WireCompany = z.infer<typeof company>;

const lossReasonOnDeal = z.object({ id, name: z.string() });

export const deal = z.object({
  ...card,
  name: text,
  price: amount.nullish(),
  price_with_minor_units: amount.nullish().catch(null),
  pipeline_id: id.nullish(),
  status_id: id,
  loss_reason_id: id.nullish(),
  closed_at: seconds.nullish(),
  _embedded: z
    .object({
      ...embedded,
      contacts: z.array(z.object({ id, is_main: flag.nullish() })).nullish(),
      /** A list in the SDK, an object in other sources (kommo.md 4.2). */
      loss_reason: z
        .union([z.array(lossReasonOnDeal), lossReasonOnDeal.transform((one) => [one])])
        .nullish(),
    })
    .nullish(),
});
export type WireDeal = z.infer<typeof deal>;

export const user = z.object({
  id,
  name: text,
  email: text,
  phone_number: text.catch(null),
  rights: z.object({ is_admin: flag.nullish(), is_active: flag.nullish() }).nullish(),
});

export const stage = z.object({ id, name: z.string(), sort: count, color: text, type: count.nullish() });

export const pipeline = z.object({
  id,
  name: z.string(),
  sort: count,
  is_main: flag,
  is_archive: flag.nullish(),
  _embedded: z.object({ statuses: z.array(z.unknown()) }),
});

export const lossReason = z.object({ id, name: z.string(), sort: count.nullish() });

export const tag = z.object({ id, name: z.string(), color: text });

export const customField = z.object({
  id,
  name: z.string(),
  type: z.string(),
  code: text,
  sort: count.nullish(),
  is_predefined: flag.nullish(),
  enums: z.array(z.object({ id, value: z.union([z.string(), z.number().transform(String)]), sort: count.nullish() })).nullish(),
});

export const account = z.object({
  id,
  name: z.string(),
  subdomain: text,
  currency: text,
  country: text,
});

/** Answer of the discovery route (kommo.md 1.1). */
export const discovery = z.object({ id: id.nullish(), subdomain: text, domain: text });

/** Around every list. `_embedded` is checked where the key of the list is known. */
export const envelope = z.object({
  _page: z.int().nullish(),
  _page_count: z.int().nullish(),
  _total_items: z.int().nullish(),
  _links: z.object({ next: z.unknown().optional() }).nullish(),
  _embedded: z.record(z.string(), z.unknown()),
});

/** `custom_fields_values.0.field_id: Invalid input: expected number`: path and reason of the first thing that is wrong. */
export function explain(error: z.ZodError): string {
  let [issue] = error.issues;
  const path = [...(issue?.path ?? [])];
  // Of a union, the branch that came furthest says most.
  while (issue?.code === 'invalid_union') {
    const inner = issue.errors.flat().toSorted((a, b) => b.path.length - a.path.length)[0];
    if (inner === undefined) break;
    path.push(...inner.path);
    issue = inner;
  }
  return `${path.length > 0 ? path.map(String).join('.') : 'record'}: ${issue?.message ?? 'unknown shape'}`;
}
