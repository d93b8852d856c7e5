// What a worker tells Prometheus: its memory, event loop and garbage, and the figures of the synchronisation.
import { collectDefaultMetrics, Registry } from 'prom-client';
import { showReadings } from '../gateway/telemetry/index.ts';
import type { Database } from '../prisma/index.ts';
import { readSyncMetrics } from './metrics.ts';

/** Prometheus text. Where the database does not answer, its figures are missing. */
export function createProcessMetrics(database: Pick<Database, 'rows'>): () => Promise<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const show = showReadings(registry);
  return async () => {
    show(await readSyncMetrics(database).catch(() => []));
    return registry.metrics();
  };
}
