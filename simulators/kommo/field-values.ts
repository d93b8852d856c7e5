// Writing of custom field values (kommo.md 4.5): what each type takes, how it is stored, and what is refused.
import type { FieldDefinition, FieldEntry, FieldOwner, FieldType, FieldValue } from '../world/crm-records.ts';
import type { Call } from './call.ts';
import type { FieldProblem } from './problem.ts';
import type { Json } from './validation.ts';
import { absent, badChoice, isObject, unexpected, wrongType } from './validation.ts';

type Parsed = { value: FieldValue } | { problem: FieldProblem };

/** What a read answer shows around the values may come back; `enum` and the like may not. */
const ENTRY_KEYS = new Set(['field_id', 'field_code', 'field_name', 'field_type', 'values', 'is_computed']);
/** Types that hold several values; of the others the first that is sent counts. */
const SEVERAL: ReadonlySet<FieldType> = new Set(['multiselect', 'multitext', 'smart_address', 'items', 'linked_entity', 'chained_list']);
const ADDRESS_PARTS = ['address_line_1', 'address_line_2', 'city', 'state', 'zip', 'country'];

export interface FieldChanges {
  /** Entries that replace what stands under the same field; without values they clear it. */
  entries: FieldEntry[];
  problems: FieldProblem[];
}

/** Checks `custom_fields_values` of one item; `null` and absence change nothing. */
export function fieldChanges(
  call: Call,
  owner: FieldOwner,
  sent: unknown,
  prefix = '',
  catalogId: number | null = null,
): FieldChanges {
  const changes: FieldChanges = { entries: [], problems: [] };
  if (sent === undefined || sent === null) return changes;
  const path = `${prefix}custom_fields_values`;
  if (!Array.isArray(sent)) return { entries: [], problems: [wrongType(path, 'array')] };
  sent.forEach((entry: unknown, index) => {
    const at = `${path}.${index}`;
    if (!isObject(entry)) return void changes.problems.push(wrongType(at, 'array'));
    const field = fieldOf(call, owner, entry, catalogId);
    for (const key of Object.keys(entry)) if (!ENTRY_KEYS.has(key)) changes.problems.push(unexpected(`${at}.${key}`));
    if (!field) {
      const named =
        entry['field_id'] !== undefined ? 'field_id' : entry['field_code'] !== undefined ? 'field_code' : undefined;
      changes.problems.push(named ? badChoice(`${at}.${named}`) : absent(`${at}.field_id`));
      return;
    }
    const values = valuesOf(call, field, entry['values'], `${at}.values`, changes.problems);
    if (values)
      changes.entries.push({
        field_id: field.id,
        field_name: field.name,
        field_code: field.code,
        field_type: field.type,
        values,
      });
  });
  return changes;
}

/** A sent field replaces all its values; unsent fields stay. */
export function mergeFields(stored: FieldEntry[] | null, changes: readonly FieldEntry[]): FieldEntry[] | null {
  const kept = (stored ?? []).filter((entry) => !changes.some((change) => change.field_id === entry.field_id));
  const all = [...kept, ...changes.filter((change) => change.values.length > 0)];
  return all.length > 0 ? all : null;
}

function fieldOf(call: Call, owner: FieldOwner, entry: Json, catalogId: number | null): FieldDefinition | undefined {
  const fields = [...call.sim.crm.fields.values()].filter(
    (field) => field.entity_type === owner && field.catalog_id === catalogId,
  );
  if (entry['field_id'] !== undefined) return fields.find(({ id }) => id === Number(entry['field_id']));
  return typeof entry['field_code'] === 'string' ? fields.find(({ code }) => code === entry['field_code']) : undefined;
}

function valuesOf(
  call: Call,
  field: FieldDefinition,
  sent: unknown,
  path: string,
  problems: FieldProblem[],
): FieldValue[] | undefined {
  const { clearing } = call.sim.switches;
  if (sent === undefined) return void problems.push(absent(path));
  if (sent === null) return clearing === 'empty' ? void problems.push(wrongType(path, 'array')) : [];
  if (!Array.isArray(sent)) return void problems.push(wrongType(path, 'array'));
  if (sent.length === 0) return clearing === 'null' ? void problems.push(absent(`${path}.0`)) : [];
  const taken = SEVERAL.has(field.type) ? sent : sent.slice(0, 1);
  const values: FieldValue[] = [];
  taken.forEach((one: unknown, index) => {
    const at = `${path}.${index}`;
    if (!isObject(one)) return void problems.push(wrongType(at, 'array'));
    if ('enum' in one) return void problems.push(unexpected(`${at}.enum`));
    const parsed = parseValue(field, one, at);
    if ('problem' in parsed) problems.push(parsed.problem);
    else values.push(parsed.value);
  });
  return values;
}

function parseValue(field: FieldDefinition, sent: Json, path: string): Parsed {
  const { value } = sent;
  const valuePath = `${path}.value`;
  switch (field.type) {
    case 'text':
    case 'textarea':
    case 'url':
    case 'streetaddress':
    case 'tracking_data':
      return typeof value === 'string' || typeof value === 'number'
        ? { value: { value: String(value) } }
        : { problem: missingOr(value, valuePath, 'string') };
    case 'numeric':
    case 'monetary':
    case 'price':
      return isNumeric(value)
        ? { value: { value: String(value) } }
        : { problem: missingOr(value, valuePath, 'numeric') };
    case 'checkbox':
      return typeof value === 'boolean' || value === 0 || value === 1
        ? { value: { value: Boolean(value) } }
        : { problem: missingOr(value, valuePath, 'bool') };
    case 'select':
    case 'radiobutton':
    case 'multiselect':
    case 'category':
      // a select refuses `enum_code`, although it answers with one (kommo.md 4.5)
      if (sent['enum_code'] !== undefined && sent['enum_code'] !== null)
        return { problem: unexpected(`${path}.enum_code`) };
      return choice(field, sent, path);
    case 'multitext':
      return multitext(field, sent, path);
    case 'date':
    case 'date_time':
    case 'birthday': {
      const seconds =
        typeof value === 'number' && Number.isInteger(value)
          ? value
          : typeof value === 'string'
            ? Date.parse(value) / 1000
            : Number.NaN;
      return Number.isFinite(seconds)
        ? { value: { value: Math.floor(seconds) } }
        : { problem: missingOr(value, valuePath, 'int') };
    }
    case 'smart_address': {
      const place =
        sent['enum_code'] === undefined
          ? Number(sent['enum_id']) - 1
          : ADDRESS_PARTS.indexOf(String(sent['enum_code']));
      const code = ADDRESS_PARTS[place];
      if (code === undefined) return { problem: badChoice(`${path}.enum_code`) };
      return typeof value === 'string'
        ? { value: { value, enum_id: place + 1, enum_code: code } }
        : { problem: missingOr(value, valuePath, 'string') };
    }
    case 'legal_entity':
    case 'linked_entity':
      if (!isObject(value)) return { problem: missingOr(value, valuePath, 'array') };
      return typeof value['name'] === 'string' ? { value: { value } } : { problem: absent(`${valuePath}.name`) };
    case 'file':
    case 'items':
      return isObject(value) ? { value: { value } } : { problem: missingOr(value, valuePath, 'array') };
    case 'chained_list': {
      const { catalog_id: catalog, catalog_element_id: element } = sent;
      if (typeof catalog !== 'number') return { problem: missingOr(catalog, `${path}.catalog_id`, 'int') };
      if (typeof element !== 'number') return { problem: missingOr(element, `${path}.catalog_element_id`, 'int') };
      return { value: { catalog_id: catalog, catalog_element_id: element } };
    }
  }
}

const missingOr = (value: unknown, path: string, type: string): FieldProblem =>
  value === undefined ? absent(path) : wrongType(path, type);

const isNumeric = (value: unknown): boolean =>
  (typeof value === 'number' && Number.isFinite(value)) || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));

function choice(field: FieldDefinition, sent: Json, path: string): Parsed {
  const options = field.enums ?? [];
  const byId = sent['enum_id'] !== undefined;
  // text must match exactly
  const option = byId
    ? options.find(({ id }) => id === sent['enum_id'])
    : options.find(({ value }) => value === sent['value']);
  if (!option)
    return {
      problem:
        !byId && sent['value'] === undefined
          ? absent(`${path}.value`)
          : badChoice(`${path}.${byId ? 'enum_id' : 'value'}`),
    };
  return { value: { value: option.value, enum_id: option.id, enum_code: option.code ?? null } };
}

function multitext(field: FieldDefinition, sent: Json, path: string): Parsed {
  const { value } = sent;
  if (typeof value !== 'string') return { problem: missingOr(value, `${path}.value`, 'string') };
  const options = field.enums ?? [];
  const code = sent['enum_code'];
  const byId = sent['enum_id'] !== undefined;
  const option = byId
    ? options.find(({ id }) => id === sent['enum_id'])
    : options.find((one) => one.code === (code ?? 'WORK'));
  if (!option) return { problem: badChoice(`${path}.${byId ? 'enum_id' : 'enum_code'}`) };
  return { value: { value, enum_id: option.id, enum_code: option.code ?? null } };
}
