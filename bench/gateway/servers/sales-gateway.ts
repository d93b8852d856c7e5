// Our gateway with the product's subgraphs in its own process, on a database that is there already.
import { readFile } from 'node:fs/promises';
import { createSubgraph } from '../../../cli/subgraphs.ts';
import { createGateway, type SubgraphPlace } from '../../../gateway/index.ts';
import { SUBGRAPH_NAMES } from '../../../lib/config/index.ts';
import { createEngine } from '../../../sync/index.ts';
import { input, reportReady } from './child.ts';
import { openCounted } from './counted.ts';
import { productionOptions } from './production.ts';

const { file, url, key } = input<{ file: string; url: string; key: string }>();
const options = productionOptions(key);
const { log } = options;
const { database, statements } = openCounted(url, 'bench gateway');
const engine = createEngine({ database, log });
const subgraphs = Object.fromEntries(SUBGRAPH_NAMES.map((name): [string, SubgraphPlace] => [name, { kind: 'local', subgraph: createSubgraph(name, database, engine, log) }]));
const gateway = await createGateway({ ...options, supergraphSdl: await readFile(file, 'utf8'), subgraphs });
reportReady({ url: `${gateway.url}/graphql`, headers: { 'x-api-key': key } }, { answers: { statements }, close: () => gateway.close({ timeoutMs: 500 }) });
