// Tags of contacts, deals and companies (kommo.md 4.11). Ids of tags are counted per entity, so the entity is part of ours.
import { recordId } from '../../../lib/ids.ts';
import type { Json, ParsedRecord, Stream, TableSpec } from '../../../sync/types.ts';
import type { KommoClient } from '../client.ts';
import { ENDPOINTS, ENTITY_PATHS } from '../endpoints.ts';
import * as wire from '../wire.ts';
import { entityName, markEntity, unmarked } from './entity.ts';
import { parseShape, wholeList } from './list.ts';
import { COMMON_COLUMNS, metadataOf } from './record.ts';

const table: TableSpec = {
  name: 'kommo.tag',
  columns: { ...COMMON_COLUMNS, entity: 'text', name: 'text', color: 'text' },
  key: ['id'],
  write: 'upsert',
};

export function mapTag(walletId: string, record: Json): ParsedRecord {
  const entity = entityName(record);
  const tag = parseShape(wire.tag, record);
  return {
    externalId: tag.id,
    row: {
      id: recordId(walletId, 'tag', `${entity}:${tag.id}`),
      wallet_id: walletId,
      external_id: tag.id,
      entity,
      name: tag.name,
      color: tag.color ?? null,
      metadata: metadataOf(unmarked(record)),
    },
  };
}

export const tagsStream = (client: KommoClient): Stream =>
  wholeList({ name: 'tags', client, endpoint: ENDPOINTS.tags, tables: [table], map: mapTag, entities: ENTITY_PATHS, mark: markEntity });
