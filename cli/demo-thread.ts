// The thread that the demo's simulators live in: the making of a company's records must not hold up the gateway and the
// worker, and their own work must not make a request look late to the simulators' limits.
import { parentPort, workerData } from 'node:worker_threads';
import { createWorld, startGestaoClickSimulator, startKommoSimulator } from '../simulators/index.ts';

/** What the thread is started with. */
export interface DemoThreadInput {
  readonly accessToken: string;
  readonly secretToken: string;
}

/** What it tells when both simulators listen. */
export interface DemoThreadReady {
  readonly gestaoClickUrl: string;
  readonly kommoUrl: string;
  readonly kommoToken: string;
}

if (parentPort !== null) {
  const world = createWorld({});
  const erp = await startGestaoClickSimulator({ world, ...(workerData as DemoThreadInput), latency: 'documented' });
  // Where a busy machine makes calls come late and together, the documented pause of five minutes would spoil the first minute.
  const crm = await startKommoSimulator({ world, latency: 'documented', switches: { retryAfterSeconds: 2 } });
  parentPort.once('message', () => void Promise.all([erp.close(), crm.close()]).then(() => process.exit(0)));
  parentPort.postMessage({ gestaoClickUrl: erp.url, kommoUrl: crm.url, kommoToken: await crm.token() } satisfies DemoThreadReady);
}
