// Definitions of custom fields with their options (kommo.md 4.4). Ids of fields are unique in an account, whatever the entity.
import type { Json, ParsedRecord, Stream, TableSpec } from '../../../sync/types.ts';
import type { KommoClient } from '../client.ts';
import { ENDPOINTS, ENTITY_PATHS } from '../endpoints.ts';
import * as wire from '../wire.ts';
import { entityName, markEntity, unmarked } from './entity.ts';
import { parseShape, wholeList } from './list.ts';
import { COMMON_COLUMNS, knownId, metadataOf } from './record.ts';

const fieldTable: TableSpec = {
  name: 'kommo.custom_field',
  columns: { ...COMMON_COLUMNS, entity: 'text', name: 'text', code: 'text', type: 'text', sort: 'int4', predefined: 'bool' },
  key: ['id'],
  write: 'upsert',
};

const optionTable: TableSpec = {
  name: 'kommo.custom_field_option',
  columns: { field_id: 'uuid', external_id: 'text', id: 'uuid', wallet_id: 'uuid', value: 'text', sort: 'int4' },
  key: ['field_id', 'external_id'],
  write: 'children',
  parent: 'field_id',
};

/** Id of the row of a field. */
export const fieldId = (walletId: string, field: string): string => knownId(walletId, 'custom_field', field);

/** Id of the row of an option. */
export const optionId = (walletId: string, field: string, option: string): string => knownId(walletId, 'custom_field_option', `${field}:${option}`);

export function mapCustomField(walletId: string, record: Json): ParsedRecord {
  const entity = entityName(record);
  const field = parseShape(wire.customField, record);
  const id = fieldId(walletId, field.id);
  const options = new Map((field.enums ?? []).map((option) => [option.id, option]));
  return {
    externalId: field.id,
    row: {
      id,
      wallet_id: walletId,
      external_id: field.id,
      entity,
      name: field.name,
      code: field.code ?? null,
      type: field.type.toUpperCase(),
      sort: field.sort ?? null,
      predefined: field.is_predefined ?? false,
      metadata: metadataOf(unmarked(record)),
    },
    others: {
      [optionTable.name]: [...options.values()].map((option) => ({
        field_id: id,
        external_id: option.id,
        id: optionId(walletId, field.id, option.id),
        wallet_id: walletId,
        value: option.value,
        sort: option.sort ?? null,
      })),
    },
  };
}

export const customFieldsStream = (client: KommoClient): Stream =>
  wholeList({
    name: 'custom_fields',
    client,
    endpoint: ENDPOINTS.custom_fields,
    tables: [fieldTable, optionTable],
    map: mapCustomField,
    entities: ENTITY_PATHS,
    mark: markEntity,
  });
