// Everything beside the GraphQL path, where comfort counts more than speed: the page for browsers, the schema, health, metrics,
// the REST routes, an index, and preflights.
import cors from 'cors';
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from 'express';
import type { Logger } from '../../lib/log.ts';
import type { Caller } from '../options.ts';
import { satisfies } from '../principal.ts';
import { createRestRouter, describeRoute, REST_ROUTES } from '../rest/index.ts';
import type { Exchanges } from './exchanges.ts';
import type { OriginRule } from './origins.ts';
import type { Engine } from './port.ts';
import { badRequest, refusalOf } from './refusals.ts';
import { SANDBOX_CSP, sandboxPage } from './sandbox.ts';

export const GRAPHQL_PATH = '/graphql';
/** Where event streams may be asked for beside `GRAPHQL_PATH`. */
export const EVENTS_PATH = `${GRAPHQL_PATH}/stream`;

const METRICS_PATH = '/metrics';

export interface PageOptions {
  readonly engine: Engine;
  readonly exchanges: Exchanges;
  readonly log: Logger;
  readonly originAllowed: OriginRule;
  readonly maxBodyBytes: number;
  /** Shows the page at `GRAPHQL_PATH` to browsers. */
  readonly sandbox: boolean;
  readonly docsUrl: string | undefined;
  /** The schema that clients see; undefined where it is not shown. Asked anew each time. */
  apiSdl(): string | undefined;
  readonly trustProxy: boolean | number | string | undefined;
}

export interface Pages {
  readonly app: Express;
  /** The address of the client, as far as the proxies on the way are trusted. */
  addressOf(req: Pick<Request, 'headers' | 'socket'>): string | undefined;
}

/** An error of the HTTP layer, in the form of a GraphQL answer. */
function onError(log: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, _next) => {
    const status = Number((error as { status?: unknown } | null)?.status ?? 500);
    const readable = status >= 400 && status < 500;
    const { text, status: own } = readable ? badRequest('The request cannot be read', { status }) : refusalOf(error, log);
    if (res.headersSent) res.destroy();
    else res.status(own ?? 500).type('json').send(text);
  };
}

const wantsPage = (req: Request): boolean => req.method === 'GET' && req.accepts(['json', 'html']) === 'html';

export function createPages(options: PageOptions): Pages {
  const { engine, exchanges, log, originAllowed, sandbox, docsUrl, maxBodyBytes } = options;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  if (options.trustProxy !== undefined) app.set('trust proxy', options.trustProxy);
  const trusted = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  const addressOf: Pages['addressOf'] = ({ headers, socket }) => {
    const forwarded = headers['x-forwarded-for'];
    if (forwarded === undefined) return socket.remoteAddress;
    const hops = (Array.isArray(forwarded) ? forwarded.join(',') : forwarded).split(',').reverse();
    let address = socket.remoteAddress;
    for (let i = 0; address !== undefined && i < hops.length && hops[i]!.trim() !== '' && trusted(address, i); i++) address = hops[i]!.trim();
    return address;
  };
  const callerOf = (req: Request): Caller => ({ headers: req.headers, remoteAddress: addressOf(req) });

  // The answers themselves carry what a page needs; here the browser asks before it calls.
  app.options('/{*path}', (req, res, next) => {
    if (!req.headers.origin || !originAllowed(req.headers)) return void res.status(204).end();
    // A page on the internet may reach a server on this machine only where the browser is told so.
    if (req.headers['access-control-request-private-network'] === 'true') res.set('access-control-allow-private-network', 'true');
    cors({ origin: true, maxAge: 600 })(req, res, next);
  });

  app.get('/health/live', (_req, res) => void res.json({ status: 'ok' }));
  app.get('/health/ready', async (_req, res) => {
    const { ok, checks } = await engine.readiness();
    res.status(ok ? 200 : 503).json({ status: ok ? 'ok' : 'unavailable', checks });
  });

  app.get(METRICS_PATH, async (req, res, next) => {
    if (!engine.metrics) return next();
    const principal = await engine.authenticate(callerOf(req));
    if (!satisfies(principal, [['metrics:read']])) return void res.status(403).json({ errors: [{ message: 'The scope metrics:read is needed', extensions: { code: 'FORBIDDEN' } }] });
    res.type('text/plain; version=0.0.4').send(await engine.metrics());
  });

  app.get('/schema.graphql', (_req, res, next) => {
    const sdl = options.apiSdl();
    if (sdl === undefined) return next();
    res.type('text/plain').send(sdl);
  });

  const metrics = engine.metrics ? METRICS_PATH : undefined;
  const page = sandboxPage({ routes: REST_ROUTES.map(describeRoute), docsUrl, metrics });
  app.get(GRAPHQL_PATH, (_req, res) => void res.set({ 'content-security-policy': SANDBOX_CSP }).type('html').send(page));

  app.use(
    '/api',
    createRestRouter({
      maxBodyBytes,
      originAllowed,
      log,
      async execute(operation, { req, res }) {
        const caller = callerOf(req);
        const principal = await engine.authenticate(caller);
        return engine.execute(operation, exchanges.begin(principal, { id: String(res.get('x-request-id')), door: 'rest', caller }, res));
      },
      admit: (req) => engine.admit?.(callerOf(req)) ?? null,
    }),
  );

  const index = () => ({
    name: 'Ponte',
    graphql: GRAPHQL_PATH,
    events: EVENTS_PATH,
    ...(options.apiSdl() === undefined ? {} : { schema: '/schema.graphql' }),
    health: ['/health/live', '/health/ready'],
    ...(metrics === undefined ? {} : { metrics }),
    rest: REST_ROUTES.map(describeRoute),
    ...(docsUrl === undefined ? {} : { docs: docsUrl }),
  });
  app.get('/', (req, res) => {
    if (sandbox && wantsPage(req)) res.redirect(GRAPHQL_PATH);
    else res.json(index());
  });
  app.use((req: Request, res: Response) => void res.status(404).json({ success: false, message: `There is nothing at ${req.path}`, code: 'NOT_FOUND', ...index() }));
  app.use(onError(log));
  return { app, addressOf };
}
