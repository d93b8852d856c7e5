// The door of the simulators: a world, and the two providers' APIs over it.
export { createWorld, WORLD_PRESETS } from './world/index.ts';
export type { Standing, World, WorldOptions, WorldPreset, WorldSizes } from './world/index.ts';
export { GESTAO_CLICK_LIMITS, startGestaoClickSimulator } from './gestao-click/index.ts';
export type {
  GestaoClickSimulator,
  GestaoClickSimulatorOptions,
  GestaoClickSwitches,
  Latency,
} from './gestao-click/index.ts';
export { startKommoSimulator } from './kommo/index.ts';
export type {
  Delivery,
  KommoSimulator,
  KommoSimulatorOptions,
  KommoSwitches,
  TokenOptions,
} from './kommo/index.ts';
export { mostWithin, startDoorkeeper } from './doorkeeper.ts';
export type { Doorkeeper, DoorkeeperOptions, SeenCall } from './doorkeeper.ts';
export { FAULT_KINDS } from './faults.ts';
export type { FaultKind, FaultRule } from './faults.ts';
export type { Limits } from './limiter.ts';
export type { SimulatorControl } from './control.ts';
export type { SimulatorServer } from './server.ts';
export type { Arrival, Stats, StatsSnapshot } from './stats.ts';
