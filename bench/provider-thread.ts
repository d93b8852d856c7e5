// One provider of the measurement, in a thread of its own: its work must not make a request look late to its limits.
import { parentPort, workerData } from 'node:worker_threads';
import { createWorld, startGestaoClickSimulator, startKommoSimulator, type Arrival } from '../simulators/index.ts';

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

/** What an outside party saw. */
export interface Seen {
  readonly arrivals: readonly Arrival[];
}

async function startProvider({ provider, pages, ...tokens }: ProviderInput) {
  if (provider === 'GESTAO_CLICK') {
    const simulator = await startGestaoClickSimulator({ world: createWorld({ sales: pages * 24, clients: pages * 10 }), ...tokens, latency: 'documented' });
    return { simulator, token: '' };
  }
  const simulator = await startKommoSimulator({ world: createWorld({ sales: 2_000, clients: pages * 95, leads: pages * 12 }), latency: 'documented' });
  return { simulator, token: await simulator.token() };
}

// Asked `seen`, it tells what came; any other message ends it.
if (parentPort !== null) {
  const port = parentPort;
  const { simulator, token } = await startProvider(workerData as ProviderInput);
  port.on('message', (wanted: string) => {
    if (wanted !== 'seen') return void simulator.close().then(() => process.exit(0));
    port.postMessage({ arrivals: simulator.stats.arrivals() } satisfies Seen);
  });
  port.postMessage({ url: simulator.url, token } satisfies ProviderReady);
}
