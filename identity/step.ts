// What a settle step is: something concluded from stored rows after a run, in SQL, before readers see the run as over.
// A step may be run at any time and again; it writes only rows that change.
export type { SettleContext, SettleStep } from '../sync/index.ts';
