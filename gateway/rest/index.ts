// The REST door: every route is a stored GraphQL operation, run through the gateway like that of any client. What a GET gives is
// marked with a hash, so that a caller who has it already is told so in a few bytes.
import type { GraphQLFormattedError } from 'graphql';
import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import { createHash } from 'node:crypto';
import { badInput, notFound, PonteError } from '../../lib/errors.ts';
import type { Answer } from '../../lib/graphql/run.ts';
import type { Logger } from '../../lib/log.ts';
import type { OriginRule } from '../doors/origins.ts';
import { toAnswer, type Result } from '../result.ts';
import { failure, failureOf, type Failure, type Success, type Warning } from './answer.ts';
import { REST_ROUTES, describeRoute, type Ask } from './routes.ts';

export { HTTP_STATUS } from './answer.ts';
export { OPERATIONS } from './operations.ts';
export { REST_ROUTES, describeRoute } from './routes.ts';

export interface RestOptions {
  readonly maxBodyBytes: number;
  readonly originAllowed: OriginRule;
  readonly log: Logger;
  /** Asked before any work; a result is the answer. */
  admit(req: Request): Result | null;
  /** Runs an operation for the caller of this HTTP request. Throws a PonteError where the caller is refused. */
  execute(operation: { query: string; variables: Record<string, unknown> }, http: { req: Request; res: Response }): Promise<Result>;
}

function send(res: Response, { status, body, ...rest }: Success | Failure): void {
  if ('retryAfterMs' in rest && rest.retryAfterMs !== undefined) res.set('retry-after', String(Math.ceil(rest.retryAfterMs / 1_000)));
  if (status === 401) res.set('www-authenticate', 'Bearer');
  res.status(status).set('cache-control', 'no-store').json(body);
}

const holds = (given: string | undefined, etag: string): boolean => given !== undefined && (given.trim() === '*' || given.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag));

/** A read that worked: the caller may keep it for itself, and asks each time whether it still holds. */
function sendTagged(req: Request, res: Response, { status, body }: Success): void {
  const text = JSON.stringify(body);
  const etag = `"${createHash('sha256').update(text).digest('base64url')}"`;
  res.set({ etag, 'cache-control': 'private, no-cache' }).vary('Authorization').vary('X-API-Key');
  if (holds(req.headers['if-none-match'], etag)) res.status(304).end();
  else res.status(status).type('json').send(text);
}

/** Enough to see what is missing; a page with hundreds of rows may lose the same field in each. */
const MAX_WARNINGS = 20;

const warningOf = ({ message, path, extensions }: GraphQLFormattedError): Warning => ({
  message,
  code: String(extensions?.['code'] ?? 'INTERNAL_SERVER_ERROR'),
  ...(path ? { path: path.join('.') } : {}),
});

/** Lists come back whole or not at all; a field that failed inside them is null and told as a warning. */
function dataOf({ data, errors }: Answer, retryAfter: number | undefined): Record<string, unknown> {
  const [first] = errors ?? [];
  if (first && retryAfter !== undefined) throw failureOf({ ...first, extensions: { retryAfterMs: retryAfter * 1_000, ...first.extensions } });
  const complete = data != null && Object.values(data).every((value) => value !== null);
  if (first && !complete) throw failureOf(first);
  if (data == null) throw new PonteError('INTERNAL_SERVER_ERROR', 'The graph gave no answer');
  return data;
}

/** What body parsing says about a request that cannot be read. */
function unreadable(error: unknown): PonteError | undefined {
  const { type, status } = (error ?? {}) as { type?: unknown; status?: unknown };
  if (type === 'entity.parse.failed') return badInput('The body is not valid JSON', { hint: 'Send JSON, or no body at all.' });
  if (type === 'entity.too.large') return badInput('The body is too large');
  if (typeof status === 'number' && status >= 400 && status < 500) return badInput('The request cannot be read');
  return undefined;
}

export function createRestRouter({ maxBodyBytes, originAllowed, log, admit, execute }: RestOptions): Router {
  const router = express.Router();
  // A POST without a body and without a content type is fine here, so a page of another site must be told by its origin.
  router.use((req, _res, next) => {
    if (req.method !== 'GET' && !originAllowed(req.headers)) throw new PonteError('FORBIDDEN', 'Pages of this origin may not call the API');
    const busy = admit(req);
    if (busy) dataOf(toAnswer(busy), busy.retryAfter);
    next();
  });
  router.use(express.json({ limit: maxBodyBytes, type: () => true, strict: false }));

  for (const route of REST_ROUTES) {
    router[route.method === 'GET' ? 'get' : 'post'](route.path.replace(/^\/api/, ''), async (req, res) => {
      let missing: Answer['errors'];
      const ask: Ask = async (query, variables) => {
        const result = await execute({ query, variables }, { req, res });
        const answer = toAnswer(result);
        missing = answer.errors;
        return dataOf(answer, result.retryAfter);
      };
      const answer = await route.answer({ query: req.query, body: req.body as unknown }, ask);
      if (answer.body.success && missing?.length) answer.body.warnings = missing.slice(0, MAX_WARNINGS).map(warningOf);
      if (req.method === 'GET' && answer.body.success) sendTagged(req, res, answer as Success);
      else send(res, answer);
    });
  }

  router.use((req, res) => {
    const { pathname } = new URL(req.originalUrl, 'http://host');
    const methods = REST_ROUTES.filter(({ path }) => path === pathname).map(({ method }) => method);
    if (methods.length > 0) res.set('allow', methods.join(', '));
    const error = methods.length > 0 ? badInput(`${req.method} does not work here; ${methods.join(' and ')} does`) : notFound('The route', pathname);
    const { body } = failure({ ...error, message: error.message });
    res.status(methods.length > 0 ? 405 : 404).json({ ...body, routes: REST_ROUTES.map(describeRoute) });
  });

  const onError: ErrorRequestHandler = (error: unknown, _req, res, _next) => {
    const known = error instanceof PonteError ? error : unreadable(error);
    if (!known) log.error({ error }, 'A REST route failed unexpectedly');
    const { message, code, hint, field, retryAfterMs } = known ?? new PonteError('INTERNAL_SERVER_ERROR', 'Something went wrong on our side');
    if (res.headersSent) res.destroy();
    else send(res, failure({ message, code, hint, field, retryAfterMs }));
  };
  router.use(onError);
  return router;
}
