// The door of gateway/telemetry: logs, metrics and traces of operations, and plans for who may see them.
export { explain, mayExplain, PLAN_HEADER, withExtensions } from './explain.ts';
export { OPERATION_LOGS, type OperationLogs } from './operation-log.ts';
export { showReadings, type GatewayView, type Reading } from './readings.ts';
export { observeSources, type FetchOutcome, type FetchWatcher } from './sources.ts';
export { createTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';
