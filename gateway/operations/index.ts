// The door of the operation stage: from a client's text to something that runs for this caller.
export { createCompiler, type CompilerOptions, type Planners } from './compiler.ts';
export { Operations, type OperationsOptions, type OperationStats, type Prepared, type Wanted } from './operations.ts';
export type { OperationRules } from './rules.ts';
export { createStockCompiler } from './stock.ts';
export type { Compiled, Compiler } from './variants.ts';
