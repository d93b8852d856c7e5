// What an error thrown by the network means. Known transient failures become retryable provider errors, known lasting
// ones (DNS name, certificate) become provider errors that no retry can help; anything else is a bug and stays what it is.
import type { PonteError } from '../errors.ts';
import type { ProviderErrors } from './provider-errors.ts';

type Meaning = 'transient' | 'timeout' | 'lasting';

/** Error codes of Node's sockets and resolver, and of undici. */
const CODES: Readonly<Record<string, readonly [Meaning, string]>> = {
  ECONNRESET: ['transient', 'the connection was reset'],
  ECONNREFUSED: ['transient', 'the connection was refused'],
  ECONNABORTED: ['transient', 'the connection was aborted'],
  EPIPE: ['transient', 'the connection was closed while sending'],
  ENETDOWN: ['transient', 'the network is down'],
  ENETUNREACH: ['transient', 'the network cannot be reached'],
  EHOSTDOWN: ['transient', 'the host is down'],
  EHOSTUNREACH: ['transient', 'the host cannot be reached'],
  EAI_AGAIN: ['transient', 'the name server does not answer'],
  UND_ERR_SOCKET: ['transient', 'the other side closed the connection'],
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: ['transient', 'the request was cut off'],
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: ['transient', 'the answer was cut off'],
  Z_BUF_ERROR: ['transient', 'the compressed answer was cut off'],
  Z_DATA_ERROR: ['transient', 'the compressed answer is damaged'],
  ETIMEDOUT: ['timeout', 'the connection timed out'],
  UND_ERR_CONNECT_TIMEOUT: ['timeout', 'connecting took too long'],
  UND_ERR_HEADERS_TIMEOUT: ['timeout', 'the answer did not begin in time'],
  UND_ERR_BODY_TIMEOUT: ['timeout', 'the answer did not end in time'],
  ENOTFOUND: ['lasting', 'the name of the host is not known'],
  UND_ERR_CLOSED: ['lasting', 'the client is closed'],
  UND_ERR_DESTROYED: ['lasting', 'the client is closed'],
  UND_ERR_RES_EXCEEDED_MAX_SIZE: ['lasting', 'the answer is too big'],
  EAI_FAIL: ['lasting', 'the name server refuses the host'],
  EACCES: ['lasting', 'this machine does not allow the connection'],
  EPERM: ['lasting', 'this machine does not allow the connection'],
  EPROTO: ['lasting', 'the other side does not speak TLS as expected'],
  CERT_HAS_EXPIRED: ['lasting', 'the certificate has expired'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['lasting', 'the certificate belongs to another host'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['lasting', 'the certificate is self-signed'],
  SELF_SIGNED_CERT_IN_CHAIN: ['lasting', 'the certificate chain is self-signed'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['lasting', 'the certificate cannot be verified'],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['lasting', 'the issuer of the certificate is not known'],
};

const LASTING_HINT = 'Check the API URL, DNS and certificates; a retry cannot help.';

/** Families of codes that are not listed one by one: HTTP parser, TLS. */
const FAMILIES: readonly (readonly [RegExp, readonly [Meaning, string]])[] = [
  [/^HPE_/, ['transient', 'the answer is not HTTP']],
  [/^(ERR_SSL_|ERR_TLS_|CERT_|UNABLE_TO_)/, ['lasting', 'no secure connection can be made']],
];

const meaningOf = (code: string): readonly [Meaning, string] | undefined =>
  CODES[code] ?? FAMILIES.find(([shape]) => shape.test(code))?.[1];

/** The first code that the table knows, of the error or of what lies behind it. */
function knownCode(error: unknown, depth = 0): string | null {
  if (!(error instanceof Error) || depth > 4) return null;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && meaningOf(code) !== undefined) return code;
  const inner = error instanceof AggregateError ? error.errors : [error.cause];
  for (const one of inner) {
    const found = knownCode(one, depth + 1);
    if (found) return found;
  }
  return null;
}

/**
 * The provider error behind a thrown network error; null where it is none (a bug: to be thrown on as it is).
 * @param timeoutMs what the attempt was allowed to take, for the message
 */
export function networkFailure(error: unknown, errors: ProviderErrors, timeoutMs: number): PonteError | null {
  const code = knownCode(error);
  const found = code === null ? undefined : meaningOf(code);
  if (found === undefined) return null;
  const [meaning, words] = found;
  if (meaning === 'timeout') return errors.timeout(timeoutMs, error);
  if (meaning === 'transient') return errors.unavailable(`${words} (${code})`, { cause: error });
  return errors.unavailable(`${words} (${code})`, { cause: error, retryable: false, hint: LASTING_HINT });
}
