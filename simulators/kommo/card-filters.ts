// Filters of lead, contact and company lists (kommo.md 3.2), turned into a cheap test and, for text, a dear one.
import type { Card, CardBrief, EntityType, LeadBrief } from '../world/crm-records.ts';
import type { Selection } from '../world/crm-table.ts';
import type { Call } from './call.ts';
import { filterOf, inList, inRange, listOf, numbersOf, part, rangeOf } from './filters.ts';
import { invalidFilter } from './problem.ts';

type CardSelection = Pick<Selection<Card, CardBrief>, 'updatedFrom' | 'updatedTo' | 'where' | 'whereFull' | 'key'>;
type Test<T> = (card: T) => boolean;

/** Undefined: nothing can match (a scalar `filter[updated_at]` answers 204). Throws Refusal for a refused filter. */
export function cardSelection(call: Call, type: EntityType): CardSelection | undefined {
  const { switches } = call.sim;
  const documentedOnly = type === 'contacts' && switches.contactFilters === 'documented';
  const selection: CardSelection = {};
  const tests: Test<CardBrief>[] = [];
  const fullTests: Test<Card>[] = [];

  const updated = rangeOf(filterOf(call, 'updated_at'));
  if (updated?.exact !== undefined) return undefined;
  if (updated?.from !== undefined) selection.updatedFrom = switches.fromInclusive ? updated.from : updated.from + 1;
  if (updated?.to !== undefined) selection.updatedTo = updated.to;
  const closest = rangeOf(filterOf(call, 'closest_task_at'));
  if (closest) tests.push((card) => inRange(card.closest_task_at, closest));

  if (!documentedOnly) {
    for (const key of ['created_by', 'updated_by', 'responsible_user_id'] as const) {
      const list = numbersOf(filterOf(call, key));
      if (list) tests.push((card) => inList(card[key], list));
    }
    const created = rangeOf(filterOf(call, 'created_at'));
    if (created) tests.push((card) => inRange(card.created_at, created));
    const names = listOf(filterOf(call, 'name'));
    if (names) fullTests.push((card) => names.includes(card.name));
  }
  if (type === 'leads') tests.push(...leadTests(call));

  fullTests.push(...fieldTests(call));
  const text = call.query['query'];
  if (typeof text === 'string' && text.trim() !== '') fullTests.push(textTest(text));

  if (tests.length > 0) selection.where = (card) => tests.every((test) => test(card));
  if (fullTests.length > 0) selection.whereFull = (card) => fullTests.every((test) => test(card));
  if (selection.where ?? selection.whereFull)
    selection.key = JSON.stringify([
      call.query['filter'],
      call.query['query'],
      switches.contactFilters,
      switches.customFieldFilter,
    ]);
  return selection;
}

/** Ids of `filter[id]`; undefined where the filter is absent or not supported. */
export function idFilter(call: Call, type: EntityType): number[] | undefined {
  if (type === 'contacts' && call.sim.switches.contactFilters === 'documented') return undefined;
  return numbersOf(filterOf(call, 'id'));
}

function leadTests(call: Call): Test<CardBrief>[] {
  const tests: Test<LeadBrief>[] = [];
  const pipelines = numbersOf(filterOf(call, 'pipeline_id'));
  if (pipelines) tests.push((lead) => inList(lead.pipeline_id, pipelines));
  for (const key of ['closed_at', 'price'] as const) {
    const range = rangeOf(filterOf(call, key));
    if (range) tests.push((lead) => inRange(lead[key], range));
  }
  const statuses = filterOf(call, 'statuses');
  if (statuses !== undefined && typeof statuses === 'object') {
    const pairs = Object.values(statuses).map((pair) => ({
      pipeline: Number(typeof pair === 'object' && !Array.isArray(pair) ? pair['pipeline_id'] : Number.NaN),
      status: Number(typeof pair === 'object' && !Array.isArray(pair) ? pair['status_id'] : Number.NaN),
    }));
    // the pair is required: a stage id alone says nothing, since 142 and 143 repeat
    if (pairs.some(({ pipeline, status }) => Number.isNaN(pipeline) || Number.isNaN(status))) throw invalidFilter();
    tests.push((lead) =>
      pairs.some(({ pipeline, status }) => lead.pipeline_id === pipeline && lead.status_id === status),
    );
  }
  return tests as Test<CardBrief>[];
}

function fieldTests(call: Call): Test<Card>[] {
  const filter = filterOf(call, 'custom_fields_values');
  const mode = call.sim.switches.customFieldFilter;
  if (filter === undefined || mode === 'ignore') return [];
  if (mode === 'reject' || typeof filter !== 'object' || Array.isArray(filter)) throw invalidFilter();
  return Object.keys(filter).map((key): Test<Card> => {
    const wanted = part(filter, key);
    const range = rangeOf(wanted);
    const bounded = range !== undefined && (range.from !== undefined || range.to !== undefined);
    const list = listOf(wanted) ?? [];
    return (card) => {
      const values = card.custom_fields_values?.find((entry) => entry.field_id === Number(key))?.values ?? [];
      if (bounded) return values.some(({ value }) => inRange(Number(value), range));
      return values.some(({ value, enum_id }) => list.includes(String(value)) || list.includes(String(enum_id)));
    };
  });
}

/** Free text over the name and every filled field: a hit may come from any of them (kommo.md 8, no. 8). */
function textTest(text: string): Test<Card> {
  const wanted = text.trim().toLowerCase();
  const digits = /^[\d\s()+-]{4,}$/.test(wanted) ? wanted.replace(/\D/g, '') : '';
  const hit = (value: unknown): boolean => {
    const own = (typeof value === 'object' ? JSON.stringify(value) : String(value ?? '')).toLowerCase();
    return own.includes(wanted) || (digits.length >= 4 && own.replace(/\D/g, '').includes(digits));
  };
  return (card) =>
    hit(card.name) || (card.custom_fields_values ?? []).some((entry) => entry.values.some(({ value }) => hit(value)));
}
