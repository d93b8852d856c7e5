// The port of a query planner: from an operation's text to a plan, off the main thread.
import type { DocumentNode } from 'graphql';
import type { Plan } from './plan.ts';

export interface PlanRequest {
  /** Valid, printed; fragments included. */
  readonly text: string;
  readonly operationName?: string | undefined;
  /** `text`, parsed, where the caller has it: saves the planner a parse. */
  readonly document?: DocumentNode | undefined;
}

export interface Planner {
  readonly name: Plan['planner'];
  /** Rejects with a PonteError (QUERY_TOO_EXPENSIVE where the operation would cost too much to plan), or the signal's reason. */
  plan(request: PlanRequest, signal?: AbortSignal): Promise<Plan>;
  close(): Promise<void>;
}
