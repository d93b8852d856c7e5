// The door of the Kommo simulator.
export { startKommoSimulator } from './simulator.ts';
export type { KommoSimulator, KommoSimulatorOptions } from './simulator.ts';
export type { TokenOptions } from './auth.ts';
export type { KommoSwitches } from './switches.ts';
export type { Delivery } from './hook-sender.ts';
