// Demo mode: the two simulators on loopback, and a configuration that connects to them as if they were the providers.
import { randomBytes } from 'node:crypto';
import type { Config } from '../lib/config/index.ts';
import { createWorld, startGestaoClickSimulator, startKommoSimulator } from '../simulators/index.ts';

export interface Demo {
  readonly config: Config;
  /** One line for the person who started it. */
  readonly sentence: string;
  close(): Promise<void>;
}

/** Starts both simulators over one company, with the providers' real limits and plausible latencies. */
export async function startDemo(config: Config): Promise<Demo> {
  const world = createWorld({});
  const credentials = { accessToken: randomBytes(20).toString('hex'), secretToken: randomBytes(20).toString('hex') };
  const erp = await startGestaoClickSimulator({ world, ...credentials, latency: 'documented' });
  const crm = await startKommoSimulator({ world, latency: 'documented' });
  const token = await crm.token();
  return {
    config: {
      ...config,
      demo: true,
      gestaoClick: { ...config.gestaoClick, apiUrl: erp.url, credentials },
      kommo: { ...config.kommo, apiUrl: crm.url, credentials: { token } },
      secrets: [...config.secrets, credentials.accessToken, credentials.secretToken, token],
    },
    sentence: `Demo mode: Gestão Click (${erp.url}) and Kommo (${crm.url}) are simulated on this machine, with their real rate limits. Set credentials to connect real accounts (docs/).`,
    async close() {
      await Promise.all([erp.close(), crm.close()]);
    },
  };
}
