// The doors of the gateway: HTTP, multipart, server-sent events, WebSocket and REST on one port, over one engine.
export { openDoors, type Doors, type DoorsOptions } from './doors.ts';
export { checkReadiness } from './health.ts';
export { createOriginRule, type OriginRule } from './origins.ts';
export { GRAPHQL_PATH } from './pages.ts';
export type { DoorName, Engine, Exchange, Inquiry, OperationKind, StreamRequest } from './port.ts';
