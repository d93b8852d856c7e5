// The Kommo simulator: one loopback server that answers as the account's own host and as the shared API host. The
// account has no subdomain to call here, so discovery names the server itself (see `discovery`).
import { parse } from 'qs';
import { SlidingWindow } from '../limiter.ts';
import { startSimulatorServer } from '../server.ts';
import type { SimulatorServer, WireRequest } from '../server.ts';
import type { WireReply } from '../faults.ts';
import { Crm } from '../world/crm.ts';
import type { World } from '../world/index.ts';
import { discovery } from './account.ts';
import { createTokenMint } from './auth.ts';
import type { Bearer, TokenMint, TokenOptions } from './auth.ts';
import type { Call, Simulation } from './call.ts';
import { kommoFaultBodies, toWire } from './faults.ts';
import { createHookSender } from './hook-sender.ts';
import type { Delivery, HookSender } from './hook-sender.ts';
import { IpBlock } from './ip-block.ts';
import { mutate } from './mutations.ts';
import type { Reply } from './problem.ts';
import { Refusal, blockedPage, problem, scopeMissing, tooManyRequests, unauthorized } from './problem.ts';
import { createRouter } from './router.ts';
import { routes } from './routes.ts';
import { Subscriptions } from './subscriptions.ts';
import { defaultSwitches } from './switches.ts';
import type { KommoSwitches } from './switches.ts';

export interface KommoSimulatorOptions {
  world: World;
  port?: number;
  host?: string;
  /** Default the documented 7 requests per second, as a strict sliding window; false: none. */
  limits?: { perSecond: number } | false;
  /**
   * `documented`: 150 to 250 ms for a read and 80 to 150 ms for the rest. No source gives figures: this is an assumption
   * from the time that such pages usually take. A number is milliseconds. Default `none`.
   */
  latency?: 'documented' | 'none' | number;
  switches?: Partial<KommoSwitches>;
  /** Default: made from the company's name. */
  subdomain?: string;
  /** Number of deals; default about twice the contacts. */
  deals?: number;
  /** PEM of an RS256 key (PKCS 8), so that tokens outlive the process; default: a new key. */
  signingKey?: string;
  /** Unix seconds; default the real clock. */
  nowSeconds?: () => number;
}

export interface KommoSimulator {
  /** `http://127.0.0.1:4020`, no trailing slash. */
  url: string;
  accountId: number;
  subdomain: string;
  /** A long-lived token. The defaults make a good one for a year. */
  token(options?: TokenOptions): Promise<string>;
  /** From now on that token is answered with 401. */
  revoke(token: string): void;
  signingKey(): Promise<string>;
  /** May be turned at any time. */
  switches: KommoSwitches;
  /** The records: to look at, and to change as a user of the account would. A reset makes a new one. */
  readonly crm: Crm;
  /** Webhooks sent so far. */
  readonly hooks: Pick<HookSender, 'deliveries' | 'busy'>;
  stats: SimulatorServer['stats'];
  control: SimulatorServer['control'];
  close(): Promise<void>;
}

export async function startKommoSimulator(options: KommoSimulatorOptions): Promise<KommoSimulator> {
  const { world } = options;
  const switches: KommoSwitches = { ...defaultSwitches(), ...options.switches };
  const given = structuredClone(switches);
  const realSeconds = options.nowSeconds ?? ((): number => Math.floor(Date.now() / 1000));
  let aheadSeconds = 0;
  const nowSeconds = (): number => realSeconds() + aheadSeconds;
  const subscriptions = new Subscriptions();
  const newCrm = (): Crm =>
    new Crm(world, {
      nowSeconds,
      ...(options.deals === undefined ? {} : { deals: options.deals }),
      ...(options.subdomain === undefined ? {} : { subdomain: options.subdomain }),
    });
  const sim: Simulation = { crm: newCrm(), switches, subscriptions, nowSeconds };
  const mint = await createTokenMint({
    accountId: sim.crm.account.id,
    userId: sim.crm.manager.id,
    seed: String(world.seed.value),
    nowSeconds: realSeconds,
    userFlags: () => switches.userFlags,
    ...(options.signingKey === undefined ? {} : { signingKey: options.signingKey }),
  });
  const block = new IpBlock(switches);
  const route = createRouter(routes);
  let url = '';
  const hookSender = (): HookSender =>
    createHookSender({ crm: sim.crm, subscriptions, switches, origin: () => url, rng: world.rng('kommo-hooks', 0) });
  let hooks = hookSender();
  const mutationRng = world.rng('kommo-mutations', 0);
  const latency = latencyOf(options.latency ?? 'none', world);

  const server = await startSimulatorServer({
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.host === undefined ? {} : { host: options.host }),
    seed: world.seed.value,
    bodies: kommoFaultBodies,
    limiter: options.limits === false ? null : new SlidingWindow(options.limits ?? { perSecond: 7 }),
    refuse() {
      if (block.active()) return toWire(blockedPage());
      block.refused();
      return toWire(tooManyRequests(switches.retryAfterSeconds, switches.retryAfterHeader));
    },
    latencyMs: latency,
    handle: async (request): Promise<WireReply> =>
      dated(toWire(block.active() ? blockedPage() : await answer(request, sim, mint, route)), nowSeconds()),
    mutate: (command) =>
      mutate(
        {
          sim,
          rng: mutationRng,
          revoke: (token) => mint.revoke(token),
          unblock: () => block.lift(),
          setClock: (seconds) => (aheadSeconds = seconds),
        },
        command,
      ),
    reset() {
      aheadSeconds = 0;
      hooks.close();
      subscriptions.clear();
      Object.assign(switches, structuredClone(given));
      sim.crm = newCrm();
      hooks = hookSender();
      block.lift();
    },
  });
  url = server.url;

  return {
    url: server.url,
    accountId: sim.crm.account.id,
    subdomain: sim.crm.account.subdomain,
    token: (wanted) => mint.token(wanted),
    revoke: (token) => mint.revoke(token),
    signingKey: () => mint.privateKey(),
    switches,
    get crm() {
      return sim.crm;
    },
    hooks: { deliveries: (): readonly Delivery[] => hooks.deliveries(), busy: () => hooks.busy() },
    stats: server.stats,
    control: server.control,
    async close() {
      hooks.close();
      await server.close();
    },
  };
}

/** An answer says what time it is here, by the clock that stamps the records. */
const dated = (reply: WireReply, seconds: number): WireReply => ({
  ...reply,
  headers: { ...reply.headers, date: new Date(seconds * 1000).toUTCString() },
});

function latencyOf(latency: 'documented' | 'none' | number, world: World): (request: WireRequest) => number {
  if (latency === 'none') return () => 0;
  if (typeof latency === 'number') return () => latency;
  const rng = world.rng('kommo-latency', 0);
  return ({ method }) => (method === 'GET' ? rng.int(150, 250) : rng.int(80, 150));
}

const API = '/api/v4';

async function answer(
  request: WireRequest,
  sim: Simulation,
  mint: TokenMint,
  route: ReturnType<typeof createRouter>,
): Promise<Reply> {
  const { method, path } = request;
  const oauth =
    method === 'GET' && (path === '/oauth2/account/subdomain' || path === '/oauth2/account/current/subdomain');
  const bearer = await bearerOf(request, mint, path.endsWith('/current/subdomain'));
  if (!bearer) return unauthorized();
  if (oauth) return discovery(callOf(request, sim, bearer.userId, {}, undefined));
  if (!path.startsWith(`${API}/`)) return notFound(request);
  // the generic host serves some projects and refuses others with a good token (kommo.md 1.1)
  if (sim.switches.sharedHost === 'unauthorized' && isSharedHost(request)) return unauthorized();
  if (!bearer.scopes.has('crm')) return scopeMissing();
  const userId = contextUser(request, sim, bearer);
  if (userId === undefined) return unauthorized();
  const found = route(method, path.slice(API.length));
  if (found.kind === 'nothing') return notFound(request);
  if (found.kind === 'wrong_verb') return problem(405, 'Method Not Allowed');
  const body = bodyOf(request);
  if (body === 'broken') return problem(400, 'Request body is not valid JSON');
  try {
    return await found.handler(callOf(request, sim, userId, found.params, body));
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    throw error;
  }
}

async function bearerOf(request: WireRequest, mint: TokenMint, byRefreshToken: boolean): Promise<Bearer | undefined> {
  const { authorization } = request.headers;
  // a long-lived token has no refresh token: the header takes the token itself
  const refresh = request.headers['x-refresh-token'];
  const token =
    byRefreshToken && typeof refresh === 'string' ? refresh : /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  return token === undefined ? undefined : mint.verify(token.trim());
}

/** Calls as another user are for administrators' tokens; an unknown, free or inactive user is refused (kommo.md 1.3). */
function contextUser(request: WireRequest, sim: Simulation, bearer: Bearer): number | undefined {
  const wanted = request.headers['x-context-user-id'];
  if (wanted === undefined) return bearer.userId;
  const caller = sim.crm.users.find(({ id }) => id === bearer.userId);
  const user = sim.crm.users.find(({ id }) => id === Number(wanted));
  return caller?.is_admin && user?.is_active && !user.is_free ? user.id : undefined;
}

function isSharedHost(request: WireRequest): boolean {
  const host = new URL(request.origin).hostname;
  return host === 'localhost' || host.startsWith('api-');
}

const notFound = (request: WireRequest): Reply =>
  problem(404, `Cannot ${request.method} ${request.origin}${request.path}`);

function bodyOf(request: WireRequest): unknown {
  if (request.method === 'GET' || request.body.trim() === '') return undefined;
  try {
    return JSON.parse(request.body) as unknown;
  } catch {
    return 'broken';
  }
}

function callOf(
  request: WireRequest,
  sim: Simulation,
  userId: number,
  params: Record<string, string>,
  body: unknown,
): Call {
  const query = parse(request.search, { depth: 10, arrayLimit: 500, parameterLimit: 5000 });
  return { method: request.method, params, query, body, path: request.path, origin: request.origin, userId, sim };
}
