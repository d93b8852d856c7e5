// Filters and orders of deals and contacts, turned into conditions over `t`. Custom fields are looked up in the table of
// typed values by its indexes, never in the provider's record.
import { badInput } from '../../lib/errors.ts';
import {
  between,
  idIn,
  isDay,
  isDecimal,
  isInstant,
  isStorable,
  matches,
  searchWords,
  textIn,
  type Direction,
  type Order,
} from '../../lib/graphql/index.ts';
import { isId } from '../../lib/ids.ts';
import { empty, join, sql, type Sql } from '../../lib/sql.ts';
import type { Entity } from './rows.ts';
import type { KommoTypes } from './types.ts';

type Maybe<T> = T | null | undefined;

export interface CustomFieldCondition {
  fieldId?: Maybe<string>;
  code?: Maybe<string>;
  equals?: Maybe<string>;
  from?: Maybe<string>;
  to?: Maybe<string>;
  optionIds?: Maybe<readonly string[]>;
}

/** What deals and contacts have in common. */
interface PersonFilter {
  search?: Maybe<string>;
  tags?: Maybe<readonly string[]>;
  customFields?: Maybe<readonly CustomFieldCondition[]>;
  responsibleIds?: Maybe<readonly string[]>;
  companyIds?: Maybe<readonly string[]>;
  updatedFrom?: Maybe<string>;
  updatedTo?: Maybe<string>;
  createdFrom?: Maybe<string>;
  createdTo?: Maybe<string>;
}

export interface DealFilterValue extends PersonFilter {
  statuses?: Maybe<readonly string[]>;
  pipelineIds?: Maybe<readonly string[]>;
  stageIds?: Maybe<readonly string[]>;
  closedFrom?: Maybe<string>;
  closedTo?: Maybe<string>;
  priceMin?: Maybe<string>;
  priceMax?: Maybe<string>;
}

/** The input types. */
export function addFilters({ builder, DealStatus }: KommoTypes) {
  const CustomFieldFilter = builder.inputType('CustomFieldFilter', {
    description:
      'Records that hold such a value in a custom field; with a field and nothing else: any value. Several of them must all hold.',
    fields: (t) => ({
      fieldId: t.id({ description: 'The field by id; or give its code.' }),
      code: t.string({ description: 'The field by code, in every account that has it.' }),
      equals: t.string({ description: 'The readable text, or the number.' }),
      from: t.string({ description: 'Numbers, or days and instants: from here on.' }),
      to: t.string({ description: 'Numbers, or days and instants: up to here, included.' }),
      optionIds: t.idList({ description: 'Any of these options is chosen.' }),
    }),
  });
  const DealFilter = builder.inputType('DealFilter', {
    fields: (t) => ({
      statuses: t.field({ type: [DealStatus] }),
      pipelineIds: t.idList(),
      stageIds: t.idList(),
      responsibleIds: t.idList(),
      companyIds: t.idList(),
      updatedFrom: t.field({ type: 'DateTime' }),
      updatedTo: t.field({ type: 'DateTime' }),
      createdFrom: t.field({ type: 'DateTime' }),
      createdTo: t.field({ type: 'DateTime' }),
      closedFrom: t.field({ type: 'DateTime' }),
      closedTo: t.field({ type: 'DateTime' }),
      priceMin: t.field({ type: 'Decimal' }),
      priceMax: t.field({ type: 'Decimal' }),
      search: t.string({ description: 'Every word of it stands in the name.' }),
      tags: t.stringList({ description: 'Any of these tags.' }),
      customFields: t.field({ type: [CustomFieldFilter] }),
    }),
  });
  const ContactFilter = builder.inputType('ContactFilter', {
    fields: (t) => ({
      search: t.string({ description: 'Every word of it stands in the name, an e-mail or a telephone.' }),
      tags: t.stringList({ description: 'Any of these tags.' }),
      responsibleIds: t.idList(),
      companyIds: t.idList(),
      updatedFrom: t.field({ type: 'DateTime' }),
      updatedTo: t.field({ type: 'DateTime' }),
      createdFrom: t.field({ type: 'DateTime' }),
      createdTo: t.field({ type: 'DateTime' }),
      customFields: t.field({ type: [CustomFieldFilter] }),
    }),
  });
  return { DealFilter, ContactFilter };
}

export type Filters = ReturnType<typeof addFilters>;

const isNumber = (text: Maybe<string>): boolean => text == null || isDecimal(text);
const isTime = (text: Maybe<string>): boolean => text == null || isDay(text) || isInstant(text);

/** The instant at which a bound begins or ends; a day is one of São Paulo. */
const bound = (text: string, end: boolean): Sql =>
  isDay(text)
    ? sql`((${text}::date + ${end ? 1 : 0}::int)::timestamp AT TIME ZONE 'America/Sao_Paulo')`
    : sql`${text}::timestamptz`;

function valueConditions({ equals, from, to, optionIds }: CustomFieldCondition, field: string): Sql[] {
  const conditions: Sql[] = [];
  if (equals != null) {
    if (!isStorable(equals)) return [sql`FALSE`];
    conditions.push(
      isDecimal(equals) ? sql`(v.text = ${equals} OR v.number = ${equals}::numeric)` : sql`v.text = ${equals}`,
    );
  }
  if (optionIds != null && optionIds.length > 0)
    conditions.push(sql`v.option_id = ANY(${optionIds.filter(isId)}::uuid[])`);
  if (from == null && to == null) return conditions;
  if (isNumber(from) && isNumber(to)) {
    if (from != null) conditions.push(sql`v.number >= ${from}::numeric`);
    if (to != null) conditions.push(sql`v.number <= ${to}::numeric`);
  } else if (isTime(from) && isTime(to)) {
    if (from != null) conditions.push(sql`v.date >= ${bound(from, false)}`);
    if (to != null) conditions.push(isDay(to) ? sql`v.date < ${bound(to, true)}` : sql`v.date <= ${bound(to, true)}`);
  } else {
    throw badInput('`from` and `to` of a custom field must be two numbers, or two days or instants', { field });
  }
  return conditions;
}

function customFieldWhere(filters: Maybe<readonly CustomFieldCondition[]>, entity: Entity): Sql[] {
  return (filters ?? []).map((filter, i) => {
    const at = `filter.customFields.${i}`;
    const { fieldId, code } = filter;
    if (fieldId == null && code == null)
      throw badInput('A custom field is named by `fieldId` or by `code`', { field: at });
    if ((fieldId != null && !isId(fieldId)) || (code != null && !isStorable(code))) return sql`FALSE`;
    const field = join(
      [
        sql`f.entity = ${entity}`,
        ...(fieldId == null ? [] : [sql`f.id = ${fieldId}::uuid`]),
        ...(code == null ? [] : [sql`f.code = ${code}`]),
      ],
      ' AND ',
    );
    const values = valueConditions(filter, at);
    return sql`t.id IN (SELECT v.owner_id FROM kommo.custom_field_value v JOIN kommo.custom_field f ON f.id = v.field_id AND f.wallet_id = v.wallet_id
      WHERE ${field} ${values.length === 0 ? empty : sql`AND ${join(values, ' AND ')}`})`;
  });
}

/** Companies have no prepared text to search in; there are few of them. */
export const companyWhere = (search: Maybe<string>): Sql[] =>
  search == null
    ? []
    : searchWords(search.replaceAll('\0', '')).map(
        (word) =>
          sql`position(${word} IN translate(lower(t.name), 'áàâãäéèêëíìîïóòôõöúùûüçñ', 'aaaaaeeeeiiiiooooouuuucn')) > 0`,
      );

const anyTag = (tags: Maybe<readonly string[]>): Sql[] =>
  tags == null || tags.length === 0 ? [] : [sql`t.tags && ${tags.filter(isStorable)}::text[]`];

const commonWhere = (filter: PersonFilter, entity: Entity): Sql[] => [
  ...matches(filter.search),
  ...anyTag(filter.tags),
  ...idIn('responsible_id', filter.responsibleIds),
  ...idIn('company_id', filter.companyIds),
  ...between('source_updated_at', 'timestamptz', filter.updatedFrom, filter.updatedTo),
  ...between('source_created_at', 'timestamptz', filter.createdFrom, filter.createdTo),
  ...customFieldWhere(filter.customFields, entity),
];

export const contactWhere = (filter: Maybe<PersonFilter>): Sql[] =>
  filter == null ? [] : commonWhere(filter, 'CONTACT');

export const dealWhere = (filter: Maybe<DealFilterValue>): Sql[] =>
  filter == null
    ? []
    : [
        ...textIn('status', filter.statuses),
        ...idIn('pipeline_id', filter.pipelineIds),
        ...idIn('stage_id', filter.stageIds),
        ...between('closed_at', 'timestamptz', filter.closedFrom, filter.closedTo),
        ...between('price', 'numeric', filter.priceMin, filter.priceMax),
        ...commonWhere(filter, 'DEAL'),
      ];

interface OrderValue<Field extends string> {
  field: Field;
  direction: Direction;
}

const DEAL_ORDERS = {
  UPDATED_AT: { column: 'source_updated_at', type: 'timestamptz' },
  CREATED_AT: { column: 'source_created_at', type: 'timestamptz' },
  PRICE: { column: 'price', type: 'numeric' },
  CLOSED_AT: { column: 'closed_at', type: 'timestamptz', nullable: true },
} as const;

/** Newest change first unless told. */
export const dealOrder = (order: Maybe<OrderValue<keyof typeof DEAL_ORDERS>>): Order => ({
  ...DEAL_ORDERS[order?.field ?? 'UPDATED_AT'],
  direction: order?.direction ?? 'DESC',
});

const CONTACT_ORDERS = {
  UPDATED_AT: { column: 'source_updated_at', type: 'timestamptz' },
  NAME: { column: 'name', type: 'text' },
} as const;

/** Newest change first unless told. */
export const contactOrder = (order: Maybe<OrderValue<keyof typeof CONTACT_ORDERS>>): Order => ({
  ...CONTACT_ORDERS[order?.field ?? 'UPDATED_AT'],
  direction: order?.direction ?? 'DESC',
});
