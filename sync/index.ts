// The door of the engine: runs, checkpoints, quota, progress, dead letters and schedules. It knows no provider.
export type * from './api.ts';
export type * from './types.ts';
export { createEngine } from './engine.ts';
export { createWorker } from './worker.ts';
export { DEFAULT_MARGIN_MS, createQuotaGate, type QuotaGateOptions } from './quota.ts';
export { DEFAULT_SCHEDULE, nextRun } from './schedule.ts';
export { PROVIDERS, PROVIDER_NAMES } from './names.ts';
