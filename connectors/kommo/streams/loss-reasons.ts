// Reasons for which deals are lost (kommo.md 4.2).
import { recordId } from '../../../lib/ids.ts';
import type { Json, ParsedRecord, Stream, TableSpec } from '../../../sync/types.ts';
import type { KommoClient } from '../client.ts';
import { ENDPOINTS } from '../endpoints.ts';
import * as wire from '../wire.ts';
import { parseShape, wholeList } from './list.ts';
import { COMMON_COLUMNS, metadataOf } from './record.ts';

const table: TableSpec = {
  name: 'kommo.loss_reason',
  columns: { ...COMMON_COLUMNS, name: 'text', sort: 'int4' },
  key: ['id'],
  write: 'upsert',
};

export function mapLossReason(walletId: string, record: Json): ParsedRecord {
  const reason = parseShape(wire.lossReason, record);
  return {
    externalId: reason.id,
    row: {
      id: recordId(walletId, 'loss_reason', reason.id),
      wallet_id: walletId,
      external_id: reason.id,
      name: reason.name,
      sort: reason.sort ?? null,
      metadata: metadataOf(record),
    },
  };
}

export const lossReasonsStream = (client: KommoClient): Stream =>
  wholeList({ name: 'loss_reasons', client, endpoint: ENDPOINTS.loss_reasons, tables: [table], map: mapLossReason });
