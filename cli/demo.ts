// Demo mode: the two simulators on loopback, and a configuration that connects to them as if they were the providers.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Config } from '../lib/config/index.ts';
import { openThread } from '../lib/thread.ts';
import type { DemoThreadInput, DemoThreadReady } from './demo-thread.ts';

export interface Demo {
  readonly config: Config;
  /** One line for the person who started it. */
  readonly sentence: string;
  close(): Promise<void>;
}

/** Starts both simulators over one company, with the providers' real limits and plausible latencies, in a thread. */
export async function startDemo(config: Config): Promise<Demo> {
  const credentials: DemoThreadInput = { accessToken: randomBytes(20).toString('hex'), secretToken: randomBytes(20).toString('hex') };
  const thread = openThread('./demo-thread', import.meta.url, { workerData: credentials });
  const [{ gestaoClickUrl, kommoUrl, kommoToken }] = (await once(thread, 'message')) as [DemoThreadReady];
  return {
    config: {
      ...config,
      demo: true,
      gestaoClick: { ...config.gestaoClick, apiUrl: gestaoClickUrl, credentials },
      kommo: { ...config.kommo, apiUrl: kommoUrl, credentials: { token: kommoToken } },
      secrets: [...config.secrets, credentials.accessToken, credentials.secretToken, kommoToken],
    },
    sentence: `Demo mode: Gestão Click (${gestaoClickUrl}) and Kommo (${kommoUrl}) are simulated on this machine, with their real rate limits. Set credentials to connect real accounts (docs/).`,
    async close() {
      const gone = once(thread, 'exit');
      thread.postMessage('close');
      await gone;
    },
  };
}
