// Error answers of the provider (kommo.md 2.2): `application/problem+json`, except the IP block, which is a page of
// the web server. Codes and details are the literal ones that the documents show.

export interface Reply {
  status: number;
  /** Sent as JSON; absent means an empty body. */
  body?: unknown;
  html?: string;
  contentType?: string;
  headers?: Record<string, string>;
}

/** One entry of `validation-errors[].errors`. */
export interface FieldProblem {
  code: string;
  path: string;
  detail: string;
}

export interface ItemProblems {
  request_id: string;
  errors: FieldProblem[];
}

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  504: 'Gateway Timeout',
};

export function problem(status: number, detail: string, extra: Record<string, unknown> = {}): Reply {
  return {
    status,
    contentType: 'application/problem+json',
    body: { title: TITLES[status] ?? 'Error', type: `https://httpstatus.es/${status}`, status, detail, ...extra },
  };
}

/** Thrown anywhere in a handler: becomes the answer. */
export class Refusal extends Error {
  readonly reply: Reply;
  constructor(reply: Reply) {
    super(`refused with ${reply.status}`);
    this.name = 'Refusal';
    this.reply = reply;
  }
}

export const refuse = (status: number, detail: string): Refusal => new Refusal(problem(status, detail));

export const unauthorized = (): Reply => problem(401, 'Invalid user name or password');
export const scopeMissing = (): Reply => problem(403, "Client doesn't have the required scope");
export const emptyRequest = (): Refusal => refuse(400, 'Request data can not be empty');
export const invalidFilter = (): Refusal => refuse(400, 'Invalid filter for current account');

export const validationFailed = (items: ItemProblems[]): Refusal =>
  new Refusal(problem(400, 'Request validation failed', { 'validation-errors': items }));

export const internalError = (traceId: string): Reply => ({
  status: 500,
  contentType: 'application/problem+json',
  body: { title: 'ErrInternalServer', status: 500, detail: 'Internal server error', trace_id: traceId },
});

/** The wait stands in the body only; a `Retry-After` header is undocumented, so it is a switch. */
export function tooManyRequests(retryAfterSeconds: number, withHeader: boolean): Reply {
  const reply = problem(429, 'Too many requests, slow down', { retry_after: retryAfterSeconds });
  return withHeader ? { ...reply, headers: { 'retry-after': String(retryAfterSeconds) } } : reply;
}

/** What a blocked IP gets on every call, valid token or not. */
export const blockedPage = (): Reply => ({
  status: 403,
  html: '<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n<center><h1>403 Forbidden</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n',
});

export const NO_CONTENT: Reply = { status: 204 };
