// The door of gateway/planning: planners, and the representation of plans that is executed.
export { createPlanner, needsApollo } from './create.ts';
export { clientLabel, isIncremental, labelDefers } from './defers.ts';
export { expandedSize } from './expansion.ts';
export type * from './plan.ts';
export type { Planner, PlanRequest } from './planner.ts';
