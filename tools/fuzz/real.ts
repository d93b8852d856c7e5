// The gateway over the four real subgraphs and the real engine, with a database of its own on the server that
// TEST_DATABASE_URL names, or else on an embedded one.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createSubgraph } from '../../cli/subgraphs.ts';
import { createGateway, type Gateway, type GatewayOptions, type SubgraphPlace } from '../../gateway/index.ts';
import { SUBGRAPH_NAMES } from '../../lib/config/index.ts';
import type { Logger } from '../../lib/log.ts';
import { createDatabase, ensureDatabase, migrate, startEmbedded } from '../../prisma/index.ts';
import { createEngine } from '../../sync/index.ts';

export interface RealGateway {
  readonly gateway: Gateway;
  /** Parts of the database's address that no answer may hold. */
  readonly secrets: readonly string[];
  close(): Promise<void>;
}

export async function openReal(serverUrl: string | undefined, log: Logger, protection: GatewayOptions['protection']): Promise<RealGateway> {
  const folder = serverUrl === undefined ? mkdtempSync(join(tmpdir(), 'ponte-fuzz-')) : null;
  const embedded = folder === null ? null : await startEmbedded(join(folder, 'postgres'));
  const name = `ponte_fuzz_${randomBytes(6).toString('hex')}`;
  const server = serverUrl ?? embedded!.url;
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).toString();
  await ensureDatabase(url);
  await migrate(url);
  const database = createDatabase({ url, applicationName: name });
  const engine = createEngine({ database, log });
  const subgraphs = Object.fromEntries(SUBGRAPH_NAMES.map((subgraph): [string, SubgraphPlace] => [subgraph, { kind: 'local', subgraph: createSubgraph(subgraph, database, engine, log) }]));
  const supergraphSdl = readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8');
  const gateway = await createGateway({ supergraphSdl, subgraphs, log, host: '127.0.0.1', port: 0, production: false, ...(protection ? { protection } : {}) });
  return {
    gateway,
    secrets: [name, new URL(server).host],
    async close() {
      await gateway.close({ timeoutMs: 500 });
      await engine.close();
      await database.close();
      const admin = new pg.Client({ connectionString: server });
      await admin.connect();
      await admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      await admin.end();
      await embedded?.stop();
      if (folder !== null) rmSync(folder, { recursive: true, force: true });
    },
  };
}
