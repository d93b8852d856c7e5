// Both simulators in the test's process, over one small company, with a doorkeeper before each that keeps its limit, and the
// environment that connects `ponte` to them.
import { expect } from 'vitest';
import { createWorld, mostWithin, startDoorkeeper, startGestaoClickSimulator, startKommoSimulator, type Doorkeeper, type World, type WorldOptions } from '../../simulators/index.ts';
import type { Environment } from './process.ts';

/** Calls that each provider lets in within any second. */
const RATES = { GESTAO_CLICK: 3, KOMMO: 7 } as const;

export interface Providers {
  readonly world: World;
  readonly erp: Awaited<ReturnType<typeof startGestaoClickSimulator>>;
  readonly crm: Awaited<ReturnType<typeof startKommoSimulator>>;
  /** What `ponte` talks to: they count its calls, and refuse what comes too fast. */
  readonly doors: Readonly<Record<keyof typeof RATES, Doorkeeper>>;
  /** Every text that no process may print. */
  readonly secrets: readonly string[];
  /** Addresses and credentials of both; `only` leaves the credentials of the other out. */
  env(only?: keyof typeof RATES): Environment;
  /** As they were at the start: no faults, no changes, no calls. */
  reset(): void;
  close(): Promise<void>;
}

export async function startProviders(sizes: WorldOptions = {}): Promise<Providers> {
  const world = createWorld({ sales: 240, clients: 120, stores: 1, ...sizes });
  const accessToken = 'acc3ss-9f1c2ad4e7b84f0d';
  const secretToken = 's3cret-77be01c95d2a4466';
  const unlimited = { world, limits: false, latency: 'none' } as const;
  const [erp, crm] = await Promise.all([startGestaoClickSimulator({ ...unlimited, accessToken, secretToken }), startKommoSimulator(unlimited)]);
  const [erpDoor, crmDoor] = await Promise.all([
    startDoorkeeper({ target: erp.url, perSecond: RATES.GESTAO_CLICK }),
    startDoorkeeper({ target: crm.url, perSecond: RATES.KOMMO }),
  ]);
  const token = await crm.token();
  return {
    world,
    erp,
    crm,
    doors: { GESTAO_CLICK: erpDoor, KOMMO: crmDoor },
    secrets: [accessToken, secretToken, token, token.split('.')[1]!],
    env: (only) => ({
      GESTAO_CLICK_API_URL: erpDoor.url,
      KOMMO_API_URL: crmDoor.url,
      ...(only === 'KOMMO' ? {} : { GESTAO_CLICK_API_KEY: accessToken, GESTAO_CLICK_SECRET_TOKEN: secretToken }),
      ...(only === 'GESTAO_CLICK' ? {} : { KOMMO_JWT_TOKEN: token }),
    }),
    reset() {
      for (const { control } of [erp, crm]) control.reset();
      for (const door of [erpDoor, crmDoor]) door.forget();
    },
    async close() {
      await Promise.all([erpDoor.close(), crmDoor.close()]);
      await Promise.all([erp.close(), crm.close()]);
    },
  };
}

/** Neither provider refused a call so far, or saw more in any 1,000 ms than its rate: all processes together. */
export async function expectRatesKept({ doors }: Providers): Promise<void> {
  for (const provider of ['GESTAO_CLICK', 'KOMMO'] as const) {
    const calls = await doors[provider].calls();
    expect(calls.length).toBeGreaterThan(RATES[provider]);
    expect(calls.filter(({ status }) => ![200, 204, 0].includes(status))).toEqual([]); // 0: its caller did not wait
    expect(mostWithin(calls)).toBeLessThanOrEqual(RATES[provider]);
  }
}
