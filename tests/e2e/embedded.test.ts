// The embedded server: it comes with `ponte start`, goes with it, and one that lost its parent is found again.
import { afterAll, describe, expect, test } from 'vitest';
import { graphClient } from '../support/graph-client.ts';
import { addressOf, cleanUp, embeddedServer, runPonte, runToEnd, temporaryFolder } from '../support/process.ts';
import { startProviders } from '../support/providers.ts';
import { join } from 'node:path';

afterAll(cleanUp);

describe('ponte start without DATABASE_URL', () => {
  test('brings a PostgreSQL of its own, which survives kill -9, is found again, and goes with a clean stop', async () => {
    const providers = await startProviders();
    const dataDir = join(temporaryFolder(), 'not', 'yet', 'made');
    const env = { ...providers.env(), DATA_DIR: dataDir };
    const first = runPonte(['start'], { env });
    await addressOf(first);
    expect(first.stdout()).toContain(`embedded PostgreSQL in ${join(dataDir, 'postgres')}, database ponte)`);
    const server = embeddedServer(dataDir);
    expect(server).not.toBeNull();

    const beside = await runToEnd(['start'], { env });
    expect(beside).toMatchObject({ code: 1, output: expect.stringContaining('Ponte is already running on this database') });
    expect(embeddedServer(dataDir)).toBe(server);
    expect(await runToEnd(['migrate'], { env })).toMatchObject({ code: 0, output: expect.stringContaining('Up to date: embedded PostgreSQL') });
    expect(embeddedServer(dataDir)).toBe(server);

    await first.stop('SIGKILL');
    expect(embeddedServer(dataDir)).toBe(server);
    const second = runPonte(['start'], { env });
    const graph = graphClient(await addressOf(second));
    expect(embeddedServer(dataDir)).toBe(server);
    expect((await graph.get('/health/ready')).status).toBe(200);

    const end = await second.stop('SIGINT');
    expect(end).toMatchObject({ code: 0 });
    expect(end.ms).toBeLessThan(5_000);
    expect(embeddedServer(dataDir)).toBeNull();
    await providers.close();
  });
});
