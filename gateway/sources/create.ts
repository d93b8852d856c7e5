// The sources of a graph, one for each place where a subgraph is.
import type { Logger } from '../../lib/log.ts';
import type { SubgraphPlace } from '../options.ts';
import { LocalSource } from './local.ts';
import { RemoteSource } from './remote.ts';
import type { Source } from './source.ts';

function createSource(name: string, place: SubgraphPlace, log: Logger): Source {
  if (place.kind === 'local') return new LocalSource(place.subgraph, log);
  const { hedge = false, ...remote } = place;
  return new RemoteSource({ ...remote, name, resilience: { hedge } }, log);
}

export const createSources = (subgraphs: Readonly<Record<string, SubgraphPlace>>, log: Logger): Record<string, Source> =>
  Object.fromEntries(Object.entries(subgraphs).map(([name, place]) => [name, createSource(name, place, log)]));
