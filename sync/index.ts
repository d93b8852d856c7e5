// The door of the engine: runs, checkpoints, quota, progress, dead letters and schedules. It knows no provider.
export type * from './api.ts';
export type * from './types.ts';
