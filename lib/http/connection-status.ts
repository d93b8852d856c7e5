// How a connection stands, from the error that ended a call: one table for every provider.
import type { ProviderErrorCode } from './provider-errors.ts';

/** The ways in which a connection to a provider can fail. */
export type FailedConnection = 'UNAUTHORIZED' | 'FORBIDDEN' | 'PAYMENT_REQUIRED' | 'RATE_LIMITED' | 'BLOCKED' | 'TIMEOUT' | 'UNREACHABLE' | 'UNEXPECTED_RESPONSE';

const STATUSES: Readonly<Record<ProviderErrorCode, FailedConnection>> = {
  PROVIDER_UNAUTHORIZED: 'UNAUTHORIZED',
  PROVIDER_FORBIDDEN: 'FORBIDDEN',
  PROVIDER_PAYMENT_REQUIRED: 'PAYMENT_REQUIRED',
  PROVIDER_RATE_LIMITED: 'RATE_LIMITED',
  PROVIDER_BLOCKED: 'BLOCKED',
  PROVIDER_TIMEOUT: 'TIMEOUT',
  PROVIDER_UNAVAILABLE: 'UNREACHABLE',
  PROVIDER_UNEXPECTED_RESPONSE: 'UNEXPECTED_RESPONSE',
  PROVIDER_REJECTED: 'UNEXPECTED_RESPONSE',
};

/** The status that goes with an error code; any code that is no provider's counts as UNEXPECTED_RESPONSE. */
export const connectionStatus = (code: string): FailedConnection => STATUSES[code as ProviderErrorCode] ?? 'UNEXPECTED_RESPONSE';
