// Is the process alive, and can it answer? Readiness is what the caller's port says, and each subgraph's own answer.
import { messageOf } from '../../lib/errors.ts';
import type { Logger } from '../../lib/log.ts';
import type { Readiness, ReadinessCheck } from '../options.ts';
import type { Source } from '../sources/source.ts';

const PATIENCE_MS = 2_000;

const readinessOf = async (readiness: (() => Promise<Readiness>) | undefined, log: Logger): Promise<Readiness> => {
  try {
    return (await readiness?.()) ?? { ok: true, checks: {} };
  } catch (error) {
    log.warn({ reason: messageOf(error) }, 'The readiness check failed');
    return { ok: false, checks: { readiness: { ok: false, message: 'The check itself failed' } } };
  }
};

export async function checkReadiness({
  sources,
  readiness,
  log,
}: {
  sources: Readonly<Record<string, Source>>;
  readiness?: (() => Promise<Readiness>) | undefined;
  log: Logger;
}): Promise<Readiness> {
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const subgraphs = Object.entries(sources).map(async ([name, source]): Promise<[string, ReadinessCheck]> => {
    try {
      await source.check(signal);
      return [`subgraph:${name}`, { ok: true }];
    } catch (error) {
      log.warn({ subgraph: name, reason: messageOf(error) }, 'A subgraph is not ready');
      return [`subgraph:${name}`, { ok: false, message: 'It does not answer' }];
    }
  });
  const [given, ...checked] = await Promise.all([readinessOf(readiness, log), ...subgraphs]);
  return { ok: given.ok && checked.every(([, { ok }]) => ok), checks: { ...given.checks, ...Object.fromEntries(checked) } };
}
