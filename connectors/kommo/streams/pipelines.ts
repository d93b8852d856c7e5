// Pipelines with their stages (kommo.md 4.3). A stage is known by pipeline and status together: 142 (won) and 143 (lost)
// have the same id in every pipeline.
import { recordId } from '../../../lib/ids.ts';
import type { Json, ParsedRecord, Row, Stream, TableSpec } from '../../../sync/types.ts';
import type { KommoClient } from '../client.ts';
import { ENDPOINTS } from '../endpoints.ts';
import * as wire from '../wire.ts';
import { parseShape, ShapeError, wholeList } from './list.ts';
import { COMMON_COLUMNS, metadataOf, stageId } from './record.ts';

const pipelineTable: TableSpec = {
  name: 'kommo.pipeline',
  columns: { ...COMMON_COLUMNS, name: 'text', sort: 'int4', is_main: 'bool', archived: 'bool' },
  key: ['id'],
  write: 'upsert',
};

const stageTable: TableSpec = {
  name: 'kommo.stage',
  columns: { ...COMMON_COLUMNS, pipeline_id: 'uuid', name: 'text', kind: 'text', sort: 'int4', color: 'text' },
  key: ['id'],
  write: 'children',
  parent: 'pipeline_id',
};

export const WON = '142';
export const LOST = '143';
const INCOMING_TYPE = 1;

function mapStage(walletId: string, pipeline: string, record: Json, index: number): Row {
  const parsed = wire.stage.safeParse(record);
  if (!parsed.success) throw new ShapeError(`_embedded.statuses.${index}.${wire.explain(parsed.error)}`);
  const { id, name, sort, color, type } = parsed.data;
  return {
    id: stageId(walletId, pipeline, id),
    wallet_id: walletId,
    external_id: `${pipeline}:${id}`,
    pipeline_id: recordId(walletId, 'pipeline', pipeline),
    name,
    kind: id === WON ? 'WON' : id === LOST ? 'LOST' : type === INCOMING_TYPE ? 'INCOMING' : 'OPEN',
    sort,
    color: color ?? null,
    metadata: metadataOf(record),
  };
}

export function mapPipeline(walletId: string, record: Json): ParsedRecord {
  const pipeline = parseShape(wire.pipeline, record);
  const stages = pipeline._embedded.statuses as readonly Json[];
  return {
    externalId: pipeline.id,
    row: {
      id: recordId(walletId, 'pipeline', pipeline.id),
      wallet_id: walletId,
      external_id: pipeline.id,
      name: pipeline.name,
      sort: pipeline.sort,
      is_main: pipeline.is_main,
      archived: pipeline.is_archive ?? false,
      metadata: metadataOf(record),
    },
    others: { [stageTable.name]: stages.map((stage, index) => mapStage(walletId, pipeline.id, stage, index)) },
  };
}

export const pipelinesStream = (client: KommoClient): Stream =>
  wholeList({ name: 'pipelines', client, endpoint: ENDPOINTS.pipelines, tables: [pipelineTable, stageTable], map: mapPipeline });
