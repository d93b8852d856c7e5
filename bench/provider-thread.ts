// One provider of the measurement, in a thread of its own. Its limit is kept by a doorkeeper (simulators/doorkeeper.ts).
import { parentPort, workerData } from 'node:worker_threads';
import { createWorld, startGestaoClickSimulator, startKommoSimulator } from '../simulators/index.ts';

export interface ProviderInput {
  readonly provider: 'GESTAO_CLICK' | 'KOMMO';
  /** Pages that it has at least, about. */
  readonly pages: number;
  readonly accessToken: string;
  readonly secretToken: string;
}

export interface ProviderReady {
  readonly url: string;
  /** Kommo's. */
  readonly token: string;
}

async function startProvider({ provider, pages, ...tokens }: ProviderInput) {
  if (provider === 'GESTAO_CLICK') {
    const simulator = await startGestaoClickSimulator({ world: createWorld({ sales: pages * 24, clients: pages * 10 }), ...tokens, limits: false, latency: 'documented' });
    return { simulator, token: '' };
  }
  const simulator = await startKommoSimulator({ world: createWorld({ sales: 2_000, clients: pages * 105, leads: pages * 14 }), limits: false, latency: 'documented' });
  return { simulator, token: await simulator.token() };
}

if (parentPort !== null) {
  const { simulator, token } = await startProvider(workerData as ProviderInput);
  parentPort.once('message', () => void simulator.close().then(() => process.exit(0)));
  parentPort.postMessage({ url: simulator.url, token } satisfies ProviderReady);
}
