// The load generator's reader: it must take every right answer for right and every other one for wrong.
import { createServer, type Server as HttpServer } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Connection } from '../../bench/gateway/load/connection.ts';

const REQUEST = Buffer.from('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}');
const LONG = JSON.stringify({ data: 'ção'.repeat(50_000) });

const opened: (Server | HttpServer)[] = [];
const connections: Connection[] = [];
afterEach(() => {
  for (const connection of connections.splice(0)) connection.close();
  for (const server of opened.splice(0)) server.close();
});

async function connectTo(server: Server | HttpServer): Promise<Connection> {
  opened.push(server);
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const connection = await Connection.open('127.0.0.1', (server.address() as AddressInfo).port);
  connections.push(connection);
  return connection;
}
const ask = (connection: Connection, expected: string): Promise<string | undefined> => new Promise((resolve) => connection.send(REQUEST, Buffer.from(expected), resolve));

/** Writes these pieces as they are, one after the other, for each request. */
const raw = (pieces: readonly string[]): Server =>
  createTcpServer((socket) => {
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', () => {
      const write = (index: number): void => {
        if (index < pieces.length) socket.write(pieces[index]!, 'latin1', () => setImmediate(write, index + 1));
      };
      write(0);
    });
  });

describe('a connection of the load generator', () => {
  test('takes the expected bytes, again and again, with a length', async () => {
    const connection = await connectTo(createServer((_, response) => response.writeHead(200, { 'content-length': Buffer.byteLength(LONG) }).end(LONG)));
    for (let turn = 0; turn < 3; turn++) expect(await ask(connection, LONG)).toBeUndefined();
  });

  test('takes the expected bytes in chunks of any size', async () => {
    const connection = await connectTo(
      createServer((_, response) => {
        response.writeHead(200);
        for (let at = 0; at < LONG.length; at += 33_333) response.write(LONG.slice(at, at + 33_333));
        response.end();
      }),
    );
    for (let turn = 0; turn < 3; turn++) expect(await ask(connection, LONG)).toBeUndefined();
  });

  test('reads an answer that arrives byte by byte', async () => {
    const connection = await connectTo(raw([...'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd']));
    expect(await ask(connection, 'abcd')).toBeUndefined();
    expect(await ask(connection, 'abcd')).toBeUndefined();
  });

  test('reads chunks that are cut anywhere', async () => {
    const connection = await connectTo(raw(['HTTP/1.1 200 OK\r\nTransfer-Encoding: chun', 'ked\r\n\r', '\n3\r\nabc\r', '\n2', '\r\nde', '\r\n0\r\n', '\r\n']));
    expect(await ask(connection, 'abcde')).toBeUndefined();
  });

  test.each([
    ['another byte', 'abcx'],
    ['less', 'abc'],
    ['more', 'abcde'],
    ['nothing', ''],
  ])('reports %s', async (_, body) => {
    const connection = await connectTo(createServer((__, response) => response.writeHead(200, { 'content-length': body.length }).end(body)));
    expect(await ask(connection, 'abcd')).toMatch(/bytes/);
  });

  test('reports another status, even with the expected bytes', async () => {
    const connection = await connectTo(createServer((_, response) => response.writeHead(500, { 'content-length': 4 }).end('abcd')));
    expect(await ask(connection, 'abcd')).toBe('status 500');
  });

  test('reports an answer that breaks off, and whatever is asked after it', async () => {
    const connection = await connectTo(createTcpServer((socket) => void socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab'))));
    expect(await ask(connection, 'abcd')).toMatch(/closed/);
    expect(await ask(connection, 'abcd')).toMatch(/closed/);
  });
});
