// Lists that exist for contacts, leads and companies alike: their records do not always say whose they are, so each is marked
// with the list that it came from, also where it is kept as a dead letter.
import type { Json } from '../../../sync/types.ts';
import { ENTITIES, type EntityName, type EntityPath } from '../endpoints.ts';
import { ShapeError } from './list.ts';

const MARK = '_list';

const isObject = (record: Json): record is { readonly [key: string]: Json } => typeof record === 'object' && record !== null && !Array.isArray(record);

/** The record with the entity's path beside its fields; what is no object is wrapped. */
export const markEntity = (record: Json, entity: string): Json => (isObject(record) ? { ...record, [MARK]: entity } : { [MARK]: entity, record });

/** Whose list a marked record came from. Throws ShapeError. */
export function entityName(record: Json): EntityName {
  const entity = isObject(record) ? (record[MARK] ?? record['entity_type']) : null;
  if (typeof entity !== 'string' || !Object.hasOwn(ENTITIES, entity)) throw new ShapeError('entity_type: expected contacts, leads or companies');
  return ENTITIES[entity as EntityPath];
}

/** The record as the provider sent it. */
export function unmarked(record: Json): Json {
  if (!isObject(record)) return record;
  const { [MARK]: _, ...rest } = record;
  return rest;
}
