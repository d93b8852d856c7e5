// The rules of an operation with their defaults: its length, its structure and its price.
import type { OperationRules } from '../operations/index.ts';
import { compilePrice } from './price.ts';
import { SIZE_RULES, type SizeRules } from './sizes.ts';
import { checkStructure, STRUCTURE_LIMITS, type StructureLimits } from './structure.ts';
import { checkVariables } from './values.ts';

export interface OperationLimits extends StructureLimits, SizeRules {
  /** Tokens of the whole text. Default 10,000. */
  readonly maxTokens: number;
  /** Objects that an operation may give, more or less. Default 100,000. */
  readonly maxPrice: number;
}

export const OPERATION_LIMITS: OperationLimits = { ...STRUCTURE_LIMITS, ...SIZE_RULES, maxTokens: 10_000, maxPrice: 100_000 };

/** What is left out has its default. */
export function createRules(given: Partial<OperationLimits> = {}): Omit<OperationRules, 'introspection'> {
  const limits = { ...OPERATION_LIMITS, ...given };
  return {
    maxTokens: limits.maxTokens,
    maxPrice: limits.maxPrice,
    check: (document) => checkStructure(document, limits),
    checkVariables,
    price: (supergraph, document, operation) => compilePrice(supergraph, document, operation, limits),
  };
}
