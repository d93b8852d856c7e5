// The door of the gateway: the only public entrance to the graph.
export { createGateway, type ExecuteOptions, type Gateway } from './gateway.ts';
export type { Caller, GatewayOptions, Readiness, ReadinessCheck, SubgraphPlace } from './options.ts';
export { OPERATIONS as REST_OPERATIONS, REST_ROUTES } from './rest/index.ts';
