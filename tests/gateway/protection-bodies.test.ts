// Bodies that come slowly hold a bounded part of the memory, however many send them.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { BodyRoom, readBody } from '../../gateway/doors/body.ts';

const LIMIT = 1_000;
const room = new BodyRoom(2_500);
const outcomes: (Awaited<ReturnType<typeof readBody>> | undefined)[] = [];
const asked: IncomingMessage[] = [];
const server = createServer((req, res) => {
  const i = asked.push(req) - 1;
  readBody(req, LIMIT, room).then(
    (outcome) => {
      outcomes[i] = outcome;
      res.end();
    },
    () => res.destroy(),
  );
});
beforeAll(async () => {
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Says that it sends `length` bytes; sends what it is told to, and has that read. */
async function begin(length: number): Promise<{ socket: Socket; send(bytes: number): Promise<void> }> {
  const socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  socket.on('error', () => undefined);
  socket.write(`POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${length}\r\n\r\n`);
  const [req] = (await once(server, 'request')) as [IncomingMessage];
  return {
    socket,
    async send(bytes) {
      const read = once(req, 'data');
      socket.write('x'.repeat(bytes));
      await read;
    },
  };
}

test('what is beyond the room is refused with a word about when to come back; what leaves makes room', async () => {
  const [a, b, c] = [await begin(LIMIT), await begin(LIMIT), await begin(LIMIT)];
  await a.send(900);
  await b.send(900);
  await c.send(900);
  await expect.poll(() => outcomes[2]).toMatchObject({ status: 503, retryAfter: 2, errors: [{ extensions: { code: 'OVERLOADED', retryable: true } }] });
  expect([outcomes[0], outcomes[1]]).toEqual([undefined, undefined]);
  // One comes to its end, the other one leaves: both give back what they held.
  await a.send(100);
  await expect.poll(() => outcomes[0]).toBe('x'.repeat(LIMIT));
  b.socket.destroy();
  await expect.poll(() => outcomes[1]).toMatchObject({ status: 400 });
  expect(room.take(2_500)).toBe(true);
  expect(room.take(1)).toBe(false);
  room.give(2_500);
  c.socket.destroy();
});

test('what is too large gives back what it held', async () => {
  const socket = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  socket.on('error', () => undefined);
  socket.write(`POST / HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n320\r\n${'x'.repeat(800)}\r\n320\r\n${'x'.repeat(800)}\r\n`);
  await expect.poll(() => outcomes[3]).toMatchObject({ status: 413 });
  expect(room.take(2_500)).toBe(true);
  room.give(2_500);
  socket.destroy();
});
