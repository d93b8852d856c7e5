// One of the product's subgraphs over HTTP, as `ponte subgraph NAME` serves it.
import { createSubgraph } from '../../../cli/subgraphs.ts';
import type { SubgraphName } from '../../../lib/config/index.ts';
import { serveSubgraph } from '../../../lib/graphql/serve.ts';
import { createLogger } from '../../../lib/log.ts';
import { createEngine } from '../../../sync/index.ts';
import { input, reportReady } from './child.ts';
import { openCounted } from './counted.ts';

const { name, url: databaseUrl } = input<{ name: SubgraphName; url: string }>();
const log = createLogger({ level: 'warn' });
const { database, statements } = openCounted(databaseUrl, `bench ${name}`);
const engine = createEngine({ database, log });
const served = await serveSubgraph(createSubgraph(name, database, engine, log), { host: '127.0.0.1', port: 0, log });
reportReady({ url: served.url }, { answers: { statements } });
