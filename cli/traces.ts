// Traces of this process, where they are configured; OpenTelemetry is loaded only then.
import { readFileSync } from 'node:fs';
import type { Config } from '../lib/config/index.ts';
import { ROOT } from '../lib/root.ts';
import type { Tracing } from '../lib/tracing.ts';
import type { Database } from '../prisma/index.ts';
import type { Lifecycle } from './lifecycle.ts';

export const VERSION = (JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8')) as { version: string }).version;

/** `role`: `gateway`, `subgraph-kommo` ... Undefined where no traces are wanted. */
export async function openTracing({ telemetry: { traces } }: Config, role: string, { life, database }: { life: Lifecycle; database: Pick<Database, 'onStatement'> | null }): Promise<Tracing | undefined> {
  if (traces === null) return undefined;
  const { startTracing, traceStatements } = await import('./tracing.ts');
  const tracing = startTracing(traces, { service: `ponte-${role}`, version: VERSION });
  life.onStop('traces', () => tracing.close());
  if (database) traceStatements(database, tracing);
  return tracing;
}
