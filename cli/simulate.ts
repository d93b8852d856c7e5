// `ponte simulate`: the two simulators alone, for frontends, tests and other programs; ends on Ctrl-C.
import { randomBytes } from 'node:crypto';
import type { Config } from '../lib/config/index.ts';
import { createWorld, startGestaoClickSimulator, startKommoSimulator } from '../simulators/index.ts';
import { createLifecycle } from './lifecycle.ts';
import { createTerminalLogger, say } from './terminal.ts';

export interface SimulateOptions {
  seed?: number;
  sales?: number;
  clients?: number;
  gestaoClickPort?: number;
  kommoPort?: number;
  limits: boolean;
}

export async function simulate(config: Config, { seed, sales, clients, gestaoClickPort, kommoPort, limits }: SimulateOptions): Promise<void> {
  const life = createLifecycle(createTerminalLogger(config.logLevel, config.secrets));
  const world = createWorld({ ...(seed === undefined ? {} : { seed }), ...(sales === undefined ? {} : { sales }), ...(clients === undefined ? {} : { clients }) });
  const tokens = { accessToken: randomBytes(20).toString('hex'), secretToken: randomBytes(20).toString('hex') };
  const noLimits = limits ? {} : ({ limits: false } as const);
  const erp = await startGestaoClickSimulator({ world, ...tokens, ...noLimits, latency: 'documented', port: gestaoClickPort ?? 0 });
  life.onStop('Gestão Click simulator', () => erp.close());
  const crm = await startKommoSimulator({ world, ...noLimits, latency: 'documented', port: kommoPort ?? 0 });
  life.onStop('Kommo simulator', () => crm.close());
  // These tokens open nothing but the two simulators of this process.
  say('Both simulators run. To connect Ponte to them, put this into .env.local (with PONTE_DEMO=false):\n');
  say(`GESTAO_CLICK_API_URL=${erp.url}\nGESTAO_CLICK_API_KEY=${tokens.accessToken}\nGESTAO_CLICK_SECRET_TOKEN=${tokens.secretToken}`);
  say(`KOMMO_API_URL=${crm.url}\nKOMMO_JWT_TOKEN=${await crm.token()}\n`);
  say(`Faults: POST ${erp.url}/__control/faults and ${crm.url}/__control/faults; counts: GET /__control/stats. Ctrl-C ends.`);
  await life.stopped;
}
