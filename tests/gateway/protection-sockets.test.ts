// A socket that is turned away at the handshake of a WebSocket is let go, whatever its client does: none is held for ever, and a
// server with such clients can be closed.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { serveSubgraph } from '../../lib/graphql/serve.ts';
import { silentLogger } from '../../lib/log.ts';
import { createGraph } from '../support/gateway-graph.ts';
import { startGateway } from '../support/gateway-server.ts';

const handshake = (path: string, more = ''): string =>
  `GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n${more}\r\n`;

/** What came back, and then what the client does about it. */
async function turnedAway(port: number, bytes: string, then: (socket: Socket) => void): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(bytes);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  then(socket);
  return answer.toString();
}

const CLIENTS: readonly (readonly [string, (socket: Socket) => void])[] = [
  ['leaves at once', (socket) => socket.destroy()],
  ['goes on sending, and leaves', (socket) => socket.write('a frame that nobody reads', () => socket.destroy())],
  ['goes on sending, and is cut off', (socket) => socket.write('a frame that nobody reads', () => socket.resetAndDestroy())],
  ['closes its half', (socket) => socket.end('a frame that nobody reads')],
  ['stays', (socket) => void socket.write('a frame that nobody reads')],
];
/** Well below what closing waits for clients of its own accord. */
const SOON_MS = 4_000;

test.each(CLIENTS)('the gateway: a client that %s', async (_what, then) => {
  const { gateway, close } = await startGateway('local');
  expect(await turnedAway(gateway.port, handshake('/nothing'), then)).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
  expect(await turnedAway(gateway.port, handshake('/graphql', 'origin: https://evil.example\r\n'), then)).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
  const began = performance.now();
  await close();
  expect(performance.now() - began).toBeLessThan(SOON_MS);
});

test.each(CLIENTS)('a subgraph server: a client that %s', async (_what, then) => {
  const served = await serveSubgraph(createGraph().crm, { host: '127.0.0.1', port: 0, log: silentLogger, secret: 'x'.repeat(32) });
  expect(await turnedAway(served.port, handshake('/graphql'), then)).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
  const began = performance.now();
  await served.close({ timeoutMs: 500 });
  expect(performance.now() - began).toBeLessThan(SOON_MS);
});

test('who is turned away because too much is asked is told why, and when to come back', async () => {
  const { gateway, close } = await startGateway('local', { protection: { rates: { perAddress: 1 } } });
  expect((await fetch(`${gateway.url}/graphql?query={wallets}`, { headers: { 'apollo-require-preflight': '1' } })).status).toBe(200);
  const answer = await turnedAway(gateway.port, handshake('/graphql'), (socket) => socket.destroy());
  expect(answer).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n/);
  expect(answer).toMatch(/\r\nRetry-After: \d+\r\n/);
  expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
  await close();
});
