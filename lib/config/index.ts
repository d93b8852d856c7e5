// The door of the configuration: the only folder that looks at the environment.
export { loadConfig, SUBGRAPH_NAMES, type Config, type TraceSettings, type LoadOptions, type ProviderSettings, type SubgraphName } from './load.ts';
export { VARIABLES } from './variables.ts';
export { silenceVendors, startedByPackageManager } from './vendor.ts';
