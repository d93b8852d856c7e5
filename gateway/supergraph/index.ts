// The door of gateway/supergraph.
export { readSupergraph } from './read.ts';
export type { CacheHint, ListSize, Requirement, Supergraph } from './supergraph.ts';
