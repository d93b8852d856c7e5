// Our gateway over the in-memory graph, in front of subgraphs in its own process or behind HTTP, with what production has on:
// an API key, limits, metrics. With `workers`, that many processes share the port.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createGateway, type SubgraphPlace } from '../../../gateway/index.ts';
import { collectStart } from '../../../lib/heap.ts';
import { input, reportReady } from './child.ts';
import { productionOptions } from './production.ts';

/** What `startOurs` gives. */
export interface OursInput {
  readonly file: string;
  /** Where the subgraphs are; those that are not named here run in this process. */
  readonly urls: Readonly<Record<string, string>>;
  readonly workers: number;
  /** The key that callers send. */
  readonly key: string;
}

const { file, urls, workers, key } = input<OursInput>();

async function open() {
  const subgraphs: Record<string, SubgraphPlace> = {};
  for (const [name, url] of Object.entries(urls)) subgraphs[name] = { kind: 'remote', url };
  if (Object.keys(urls).length === 0) {
    // Not loaded by a gateway whose subgraphs are elsewhere: its memory is measured.
    const { createSubgraphs } = await import('../shop/schema.ts');
    for (const subgraph of createSubgraphs()) subgraphs[subgraph.name] = { kind: 'local', subgraph };
  }
  const gateway = await createGateway({ ...productionOptions(key), supergraphSdl: await readFile(file, 'utf8'), subgraphs });
  collectStart();
  return gateway;
}

if (workers <= 1) {
  const gateway = await open();
  reportReady({ url: `${gateway.url}/graphql` }, { close: () => gateway.close({ timeoutMs: 500 }) });
} else if (cluster.isPrimary) {
  let url = '';
  for (let index = 0; index < workers; index++) [{ url }] = (await once(cluster.fork(), 'message')) as [{ url: string }];
  reportReady({ url }, { close: () => Object.values(cluster.workers ?? {}).forEach((worker) => worker?.process.kill()) });
} else {
  // Port 0 is the same free port for all workers of a cluster.
  const gateway = await open();
  process.send!({ url: `${gateway.url}/graphql` });
}
