// The HTTP server under both simulators: counts, limits, delays, misbehaves; the provider's dialect is a function from
// request to reply. Listens on loopback unless told otherwise.
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { CONTROL_PREFIX, SimulatorControl } from './control.ts';
import { Faults } from './faults.ts';
import type { FaultBodies, FaultDecision, WireReply } from './faults.ts';
import type { Refusal, SlidingWindow } from './limiter.ts';
import { Stats } from './stats.ts';

export interface WireRequest {
  method: string;
  /** Path without query, as sent. */
  path: string;
  /** Query without the question mark, as sent. */
  search: string;
  headers: IncomingHttpHeaders;
  /** The body as text; '' where there is none. */
  body: string;
  /** Scheme and host that the caller used, `http://127.0.0.1:4010`. */
  origin: string;
}

export interface SimulatorServerOptions {
  /** 0 or absent: any free port. */
  port?: number;
  host?: string;
  /** Seed of the faults' probabilities. */
  seed?: number | string;
  bodies: FaultBodies;
  /** null: no limit. */
  limiter: SlidingWindow | null;
  /** The reply to a request over the limit. */
  refuse(refusal: Refusal): WireReply;
  /** How long the provider takes to answer, in milliseconds. */
  latencyMs(request: WireRequest): number;
  handle(request: WireRequest): WireReply | Promise<WireReply>;
  /** See ControlTarget. */
  mutate(command: Record<string, unknown>): unknown;
  reset(): void;
}

export interface SimulatorServer {
  /** `http://127.0.0.1:4010`, no trailing slash. */
  url: string;
  port: number;
  stats: Stats;
  control: SimulatorControl;
  /** Stops listening and cuts every connection, the ones that wait for an answer that never comes included. */
  close(): Promise<void>;
}

const BODY_LIMIT = 5 * 1024 * 1024;

export async function startSimulatorServer(options: SimulatorServerOptions): Promise<SimulatorServer> {
  const { port = 0, host = '127.0.0.1', limiter } = options;
  const stats = new Stats();
  const faults = new Faults(options.seed);
  const control = new SimulatorControl({
    faults,
    stats,
    mutate: (command) => options.mutate(command),
    reset: () => {
      limiter?.reset();
      options.reset();
    },
  });
  const stopping = new AbortController();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '/';
    const cut = target.indexOf('?');
    const path = cut < 0 ? target : target.slice(0, cut);
    const method = request.method ?? 'GET';
    const body = await readBody(request);
    if (path.startsWith(CONTROL_PREFIX)) return send(response, control.handle(method, path, body));

    const arrival = stats.arrived(method, path);
    const refusal = limiter?.admit() ?? null;
    if (refusal) {
      const refused = options.refuse(refusal);
      stats.answered(arrival, refused.status);
      return send(response, refused);
    }
    const wire: WireRequest = {
      method,
      path,
      body,
      headers: request.headers,
      search: cut < 0 ? '' : target.slice(cut + 1),
      origin: `http://${request.headers.host ?? `${host}:${port}`}`,
    };
    const decision = faults.decide(method, target);
    for (const mutation of decision.mutations) control.mutate(mutation);
    const kind = decision.rule?.kind;
    if (kind === 'timeout') return;
    if (kind === 'reset') return void response.socket?.resetAndDestroy();

    const started = performance.now();
    const reply = await replyTo(wire, decision);
    const rest = options.latencyMs(wire) + decision.latencyMs - (performance.now() - started);
    if (rest > 0) await delay(rest, undefined, { signal: stopping.signal });
    stats.answered(arrival, reply.status);
    if (kind === 'half_closed') return cutInTheMiddle(response, reply);
    send(response, reply);
  }

  async function replyTo(request: WireRequest, { rule }: FaultDecision): Promise<WireReply> {
    if (!rule) return options.handle(request);
    switch (rule.kind) {
      case 'half_closed':
      case 'latency':
      case 'mutate':
      case 'timeout':
      case 'reset':
        return options.handle(request);
      case 'truncated': {
        const reply = await options.handle(request);
        return { ...reply, body: reply.body.slice(0, Math.floor(reply.body.length * 0.6)) };
      }
      case 'string_list':
        return options.bodies.stringList(await options.handle(request));
      default:
        return options.bodies.reply(rule.kind, rule.retryAfter ?? 2);
    }
  }

  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (stopping.signal.aborted || response.destroyed) return;
      // A defect of the simulator must not look like the provider: it says so, and the test that meets it fails.
      send(response, {
        status: 599,
        headers: { 'content-type': 'text/plain' },
        body: `simulator: ${String(error)}`,
      });
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  const bound = (server.address() as AddressInfo).port;

  return {
    url: `http://${host}:${bound}`,
    port: bound,
    stats,
    control,
    async close() {
      stopping.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new RangeError('Request body over 5 MB');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, reply: WireReply): void {
  if (response.destroyed) return;
  const withoutBody = reply.status === 204 || reply.status === 304;
  response.writeHead(
    reply.status,
    withoutBody ? reply.headers : { ...reply.headers, 'content-length': Buffer.byteLength(reply.body) },
  );
  response.end(withoutBody ? undefined : reply.body);
}

function cutInTheMiddle(response: ServerResponse, reply: WireReply): void {
  const bytes = Buffer.from(reply.body);
  response.writeHead(reply.status, { ...reply.headers, 'content-length': bytes.length });
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.destroy());
}
