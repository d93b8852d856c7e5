// What can go wrong with a provider, said so that the reader knows what to do: one factory for each PROVIDER_* code, with
// the provider's name in the sentence and the provider's own hint behind it. `retryable` means: the same call may work later.
import { PonteError, type ErrorCode } from '../errors.ts';

export type ProviderErrorCode = Extract<ErrorCode, `PROVIDER_${string}`>;

/** How a provider is called and what its users can do about each failure. */
export interface ProviderWords {
  /** `Gestão Click`, `Kommo`. */
  readonly name: string;
  /** Where this provider needs another hint than the common one. */
  readonly hints?: Partial<Record<ProviderErrorCode, string>>;
}

const COMMON_HINTS: Record<ProviderErrorCode, string> = {
  PROVIDER_UNAUTHORIZED: 'Generate new tokens in the provider’s panel and put them into the configuration.',
  PROVIDER_FORBIDDEN: 'Give the user behind the token the right to read this data in the provider’s panel.',
  PROVIDER_PAYMENT_REQUIRED: 'Check the subscription: the plan is unpaid or does not include the API.',
  PROVIDER_RATE_LIMITED: 'Wait; other integrations of the same account spend the same quota.',
  PROVIDER_BLOCKED: 'Stop asking for a while; if the block stays, ask the provider’s support to lift it.',
  PROVIDER_TIMEOUT: 'Raise TIMEOUT, or try again when the provider is less busy.',
  PROVIDER_UNAVAILABLE: 'Try again in some minutes; check the API URL and the network if it stays so.',
  PROVIDER_UNEXPECTED_RESPONSE: 'Try again; if it stays so, the API URL is wrong or the provider has changed its answers.',
  PROVIDER_REJECTED: 'The provider understood the request and refused it; its own words are in the message.',
};

export interface ProviderErrors {
  readonly provider: string;
  /** 401: the credentials are not valid (any more). */
  unauthorized(detail?: string): PonteError;
  /** 403: valid credentials without the right. */
  forbidden(detail?: string): PonteError;
  /** 402: the account is not paid for. */
  paymentRequired(detail?: string): PonteError;
  /** 429, or the day's quota is spent. */
  rateLimited(retryAfterMs?: number, detail?: string): PonteError;
  /** The address or the account is shut out. */
  blocked(retryAfterMs?: number, detail?: string): PonteError;
  /** No whole answer within `timeoutMs`. */
  timeout(timeoutMs: number, cause?: unknown): PonteError;
  /** No answer at all, or a 5xx. `retryable: false` where only a change of the configuration can help. */
  unavailable(
    detail: string,
    more?: { cause?: unknown; retryable?: boolean; hint?: string; retryAfterMs?: number | undefined },
  ): PonteError;
  /** An answer that nobody can read: web page instead of JSON, cut JSON, another shape. Retryable unless said otherwise. */
  unexpected(detail: string, more?: { cause?: unknown; retryable?: boolean; hint?: string; field?: string }): PonteError;
  /** The provider understood the request and refused it (validation, business rule). */
  rejected(detail: string): PonteError;
}

const tail = (detail: string | undefined): string => (detail ? `: ${detail}` : '.');

/** The factories for one provider. Messages must not hold secrets: details taken from an answer are cleaned before. */
export function createProviderErrors({ name, hints = {} }: ProviderWords): ProviderErrors {
  const hint = (code: ProviderErrorCode): string => hints[code] ?? COMMON_HINTS[code];
  const make = (code: ProviderErrorCode, message: string, details: ConstructorParameters<typeof PonteError>[2] = {}): PonteError =>
    new PonteError(code, message, { ...details, hint: details.hint ?? hint(code) });
  const wait = (retryAfterMs: number | undefined) => (retryAfterMs === undefined ? {} : { retryAfterMs });

  return {
    provider: name,
    unauthorized: (detail) => make('PROVIDER_UNAUTHORIZED', `${name} does not accept the credentials${tail(detail)}`),
    forbidden: (detail) => make('PROVIDER_FORBIDDEN', `${name} does not allow this with these credentials${tail(detail)}`),
    paymentRequired: (detail) => make('PROVIDER_PAYMENT_REQUIRED', `${name} says that the account is not paid for${tail(detail)}`),
    rateLimited: (retryAfterMs, detail) =>
      make('PROVIDER_RATE_LIMITED', `${name} says that its request limit is reached${tail(detail)}`, {
        retryable: true,
        ...wait(retryAfterMs),
      }),
    blocked: (retryAfterMs, detail) =>
      make('PROVIDER_BLOCKED', `${name} has blocked requests from this address${tail(detail)}`, { ...wait(retryAfterMs) }),
    timeout: (timeoutMs, cause) =>
      make('PROVIDER_TIMEOUT', `${name} did not answer within ${timeoutMs} ms.`, { retryable: true, cause }),
    unavailable: (detail, { cause, retryable = true, hint: own, retryAfterMs } = {}) =>
      make('PROVIDER_UNAVAILABLE', `${name} cannot be reached${tail(detail)}`, {
        retryable,
        cause,
        ...wait(retryAfterMs),
        ...(own ? { hint: own } : {}),
      }),
    unexpected: (detail, { cause, retryable = true, hint: own, field } = {}) =>
      make('PROVIDER_UNEXPECTED_RESPONSE', `${name} sent an answer that cannot be read${tail(detail)}`, {
        retryable,
        cause,
        ...(own ? { hint: own } : {}),
        ...(field ? { field } : {}),
      }),
    rejected: (detail) => make('PROVIDER_REJECTED', `${name} refused the request${tail(detail)}`),
  };
}
