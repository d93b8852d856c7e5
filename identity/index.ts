// The door of identity: what is concluded from the stored rows after each run. Order matters: links need the salespeople.
import { links } from './links.ts';
import { payments } from './payments.ts';
import { salespeople } from './salespeople.ts';
import type { SettleStep } from './step.ts';

export { links, payments, salespeople };
export type { SettleContext, SettleStep } from './step.ts';

/** All steps in the order in which they run. */
export const settleSteps: readonly SettleStep[] = [salespeople, payments, links];
