// The door of the protection: what an operation may look like and cost, who may ask how often, what is published, what is kept.
export type { RowsChanged } from './answers.ts';
export { documentHash, type DocumentStore, type TrustedDocument } from './document-store.ts';
export { TRUST_MODES, type TrustMode } from './documents.ts';
export type { RateExchange, Taken } from './ledger.ts';
export { createProtection, type Protection, type ProtectionOptions, type ProtectionStats } from './protection.ts';
export { createRules, OPERATION_LIMITS, type OperationLimits } from './rules.ts';
export { OVERLOAD_LIMITS } from './overload.ts';
export { RATE_LIMITS } from './rates.ts';
