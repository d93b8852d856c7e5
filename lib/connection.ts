// What the status of a connection test means as an error: for those who tell the outcome instead of the status.
import type { ErrorCode } from './errors.ts';

const CODES: Readonly<Record<string, ErrorCode>> = {
  UNAUTHORIZED: 'PROVIDER_UNAUTHORIZED',
  FORBIDDEN: 'PROVIDER_FORBIDDEN',
  PAYMENT_REQUIRED: 'PROVIDER_PAYMENT_REQUIRED',
  RATE_LIMITED: 'PROVIDER_RATE_LIMITED',
  BLOCKED: 'PROVIDER_BLOCKED',
  TIMEOUT: 'PROVIDER_TIMEOUT',
  UNREACHABLE: 'PROVIDER_UNAVAILABLE',
  UNEXPECTED_RESPONSE: 'PROVIDER_UNEXPECTED_RESPONSE',
  NOT_CONFIGURED: 'CONFLICT',
};

/** The code for a status that is not CONNECTED; PROVIDER_UNEXPECTED_RESPONSE for one that is not known. */
export const connectionErrorCode = (status: string): ErrorCode => CODES[status] ?? 'PROVIDER_UNEXPECTED_RESPONSE';
