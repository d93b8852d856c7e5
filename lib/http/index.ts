// The HTTP client that connectors stand on: pool, quota gate, timeout, retry, error words. Knows no provider.
export { HttpClient, createHttpClient, type HttpClientOptions, type HttpReply, type HttpRequest } from './client.ts';
export { connectionStatus, type FailedConnection } from './connection-status.ts';
export { plainDialect, quote, refuse, statusError } from './dialect.ts';
export type { CallFacts, Dialect, HttpResponse, Verdict } from './dialect.ts';
export { networkFailure } from './failure.ts';
export { openGate, type RequestGate } from './gate.ts';
export { parseJson } from './json.ts';
export { createProviderErrors, type ProviderErrorCode, type ProviderErrors, type ProviderWords } from './provider-errors.ts';
export type { Query } from './query.ts';
export { bodyRetryAfterMs, decideRetry, retryAfterMs } from './retry.ts';
export type { RetryDecision, RetryPolicy, RetryQuestion } from './retry.ts';
