// The Gestão Click simulator: the ERP's API over a world, as gestao-click.md describes it, its quirks and limits included.
import { startSimulatorServer } from '../server.ts';
import type { SimulatorServer } from '../server.ts';
import { SlidingWindow } from '../limiter.ts';
import type { Limits } from '../limiter.ts';
import type { World } from '../world/index.ts';
import { BODIES, tooManyRequests } from './bodies.ts';
import { latencyOf } from './latency.ts';
import type { Latency } from './latency.ts';
import { mutate } from './mutate.ts';
import { handle } from './routes.ts';
import { Account } from './state.ts';
import type { GestaoClickSwitches } from './switches.ts';

export interface GestaoClickSimulatorOptions {
  world: World;
  /** 0 or absent: any free port. */
  port?: number;
  host?: string;
  accessToken: string;
  secretToken: string;
  /** false: none. Default: the documented 3 per second and 30,000 per day. */
  limits?: Limits | false;
  /** `documented`: what was measured per resource; a number: milliseconds for all. Default: none. */
  latency?: Latency;
  switches?: Partial<GestaoClickSwitches>;
}

export interface GestaoClickSimulator extends SimulatorServer {
  /** The switches as they stand; turn them with `turn`. */
  switches: Readonly<GestaoClickSwitches>;
  turn(switches: Partial<GestaoClickSwitches>): void;
}

/** The documented limits (gestao-click.md 2). */
export const GESTAO_CLICK_LIMITS: Limits = { perSecond: 3, perDay: 30_000 };

export async function startGestaoClickSimulator(
  options: GestaoClickSimulatorOptions,
): Promise<GestaoClickSimulator> {
  const { accessToken, secretToken, limits = GESTAO_CLICK_LIMITS, latency = 'none' } = options;
  const account = new Account(options.world, options.switches);
  const server = await startSimulatorServer({
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.host === undefined ? {} : { host: options.host }),
    seed: options.world.seed.value,
    bodies: BODIES,
    limiter: limits ? new SlidingWindow(limits) : null,
    refuse: () => tooManyRequests(),
    latencyMs: (request) => latencyOf(latency, request.path),
    handle: (request) => handle(account, { accessToken, secretToken }, request),
    mutate: (command) => mutate(account, command),
    reset: () => account.reset(),
  });
  return { ...server, switches: account.switches, turn: (switches) => account.turn(switches) };
}

export type { Latency } from './latency.ts';
export type { GestaoClickSwitches } from './switches.ts';
