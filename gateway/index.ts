// The door of the gateway: the only public entrance to the graph.
export { createApolloServerGateway, type ApolloServerGateway, type ApolloServerGatewayOptions } from './apollo-server.ts';
export { createGateway, type ExecuteOptions, type Gateway } from './gateway.ts';
export { ENGINES, type Engine } from './graph.ts';
export type { Caller, GatewayOptions, Readiness, ReadinessCheck, SubgraphPlace } from './options.ts';
export { OPEN, SCOPES, type Principal, type Scope } from './principal.ts';
export { OPERATIONS as REST_OPERATIONS, REST_ROUTES } from './rest/index.ts';
