// Both simulators in the test's process, over one small company, and the environment that connects `ponte` to them.
import { createWorld, startGestaoClickSimulator, startKommoSimulator, type GestaoClickSimulatorOptions, type World, type WorldOptions } from '../../simulators/index.ts';
import type { Environment } from './process.ts';

/**
 * The stretch in which a provider may not see more calls than its rate. A little less than the second that is promised:
 * these simulators share two cores with the processes they watch, and stamp a call some time after it has come.
 */
export const STRICT_MS = 900;

export interface Providers {
  readonly world: World;
  readonly erp: Awaited<ReturnType<typeof startGestaoClickSimulator>>;
  readonly crm: Awaited<ReturnType<typeof startKommoSimulator>>;
  /** Every text that no process may print. */
  readonly secrets: readonly string[];
  /** Addresses and credentials of both; `only` leaves the credentials of the other out. */
  env(only?: 'GESTAO_CLICK' | 'KOMMO'): Environment;
  close(): Promise<void>;
}

export async function startProviders(sizes: WorldOptions = {}, { limits }: Pick<GestaoClickSimulatorOptions, 'limits'> = {}): Promise<Providers> {
  const world = createWorld({ sales: 240, clients: 120, stores: 1, ...sizes });
  const accessToken = 'acc3ss-9f1c2ad4e7b84f0d';
  const secretToken = 's3cret-77be01c95d2a4466';
  const erp = await startGestaoClickSimulator({ world, accessToken, secretToken, latency: 'none', ...(limits === undefined ? {} : { limits }) });
  const crm = await startKommoSimulator({ world, latency: 'none' });
  const token = await crm.token();
  return {
    world,
    erp,
    crm,
    secrets: [accessToken, secretToken, token, token.split('.')[1]!],
    env: (only) => ({
      GESTAO_CLICK_API_URL: erp.url,
      KOMMO_API_URL: crm.url,
      ...(only === 'KOMMO' ? {} : { GESTAO_CLICK_API_KEY: accessToken, GESTAO_CLICK_SECRET_TOKEN: secretToken }),
      ...(only === 'GESTAO_CLICK' ? {} : { KOMMO_JWT_TOKEN: token }),
    }),
    async close() {
      await Promise.all([erp.close(), crm.close()]);
    },
  };
}
