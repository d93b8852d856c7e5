// Bad HTTP and bad WebSockets: what goes wrong before any operation is read, and the REST routes.
import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { randomBytes } from 'node:crypto';
import type { Chance } from './random.ts';
import { mutate, STRANGE_TEXTS, strangeCursor, type Target } from './operations.ts';
import { http, type Shot } from './shot.ts';

const MB = 1024 * 1024;
const ZEROS = Buffer.alloc(100 * MB, 0x20);
/** Small bodies that become 100 MB. */
const BOMBS: readonly (readonly [string, Buffer])[] = [
  ['gzip', gzipSync(ZEROS)],
  ['br', brotliCompressSync(ZEROS, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })],
  ['deflate', deflateSync(ZEROS)],
  ['gzip', gzipSync(gzipSync(ZEROS))],
];

const OPEN_CHUNKED: readonly (readonly [string, string])[] = [['content-type', 'application/json'], ['transfer-encoding', 'chunked']];
const encode = (text: string) => encodeURIComponent(text.replace(/[\ud800-\udfff]/g, '\ufffd'));

/** One frame of a WebSocket, masked as a client must. */
function frame(opcode: number, payload: Buffer, { masked = true, fin = true, length = payload.length, reserved = 0 } = {}): Buffer {
  const head = [(fin ? 0x80 : 0) | (reserved << 4) | opcode];
  const size = length < 126 ? Buffer.from([length]) : length < 65_536 ? Buffer.from([126, length >> 8, length & 255]) : Buffer.concat([Buffer.from([127]), (() => { const wide = Buffer.alloc(8); wide.writeBigUInt64BE(BigInt(length)); return wide; })()]);
  size[0]! |= masked ? 0x80 : 0;
  if (!masked) return Buffer.concat([Buffer.from(head), size, payload]);
  const mask = Buffer.from([1, 2, 3, 4]);
  return Buffer.concat([Buffer.from(head), size, mask, Buffer.from(payload.map((byte, i) => byte ^ mask[i % 4]!))]);
}
const text = (value: unknown) => frame(1, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)));
const upgrade = (more: readonly (readonly [string, string])[] = []): Buffer =>
  http({ method: 'GET', headers: [['connection', 'Upgrade'], ['upgrade', 'websocket'], ['sec-websocket-version', '13'], ['sec-websocket-key', randomBytes(16).toString('base64')], ['sec-websocket-protocol', 'graphql-transport-ws'], ...more] });
const socket = (name: string, ...frames: readonly Buffer[]): Shot => ({ name: `WebSocket: ${name}`, pieces: [upgrade(), ...frames], pauseMs: 20, unanswered: true });
const INIT = text({ type: 'connection_init' });

export const webSocketShots = (target: Target): readonly ((chance: Chance) => Shot)[] => [
  (chance) => socket('bad frames', INIT, chance.pick([frame(1, Buffer.from('x'), { masked: false }), frame(3, Buffer.from('x')), frame(1, Buffer.from('x'), { reserved: 7 }), frame(9, Buffer.alloc(200)), frame(8, Buffer.from([0])), frame(0, Buffer.from('x')), frame(1, Buffer.from([0xff, 0xfe])), frame(1, Buffer.from('x'), { length: 2 ** 40 }), chance.bytes(60), frame(2, chance.bytes(50))])),
  (chance) => socket('messages of no protocol', ...(chance.next() < 0.5 ? [INIT] : []), text(chance.pick(['', '{', 'null', '[]', '1', '{"type":null}', '{"type":"subscribe"}', '{"type":"subscribe","id":1,"payload":{}}', '{"type":"__proto__"}', '{"type":"constructor","id":"1"}', '{"type":"complete","id":"?"}', '{"type":"connection_init","payload":1}', '{"type":"next","id":"1","payload":{}}', 'x'.repeat(50_000)]))),
  (chance) => socket('operations with mistakes', INIT, text({ type: 'subscribe', id: chance.pick(['1', '', '\0', 'x'.repeat(1_000), '__proto__']), payload: { query: mutate(chance, chance.pick([...target.valid, ...target.subscriptions])), variables: { v: chance.pick(STRANGE_TEXTS) } } })),
  (chance) => socket('the same id twice', INIT, text({ type: 'subscribe', id: '1', payload: { query: chance.pick(target.subscriptions) } }), text({ type: 'subscribe', id: '1', payload: { query: chance.pick(target.subscriptions) } })),
  (chance) => socket('more streams than allowed', INIT, Buffer.concat(Array.from({ length: 80 }, (_, i) => text({ type: 'subscribe', id: `s${i}`, payload: { query: chance.pick(target.subscriptions) } })))),
  (chance) => socket('gone in the middle', INIT, text({ type: 'subscribe', id: '1', payload: { query: chance.pick(target.subscriptions) } }).subarray(0, 30)),
  (chance) => socket('begun again', INIT, INIT, INIT, text({ type: 'ping', payload: { a: chance.pick(STRANGE_TEXTS) } })),
  (chance) => ({ name: 'WebSocket: bad handshakes', pieces: [upgrade([chance.pick([['sec-websocket-version', '99'], ['sec-websocket-key', 'x'], ['sec-websocket-protocol', 'graphql-ws'], ['sec-websocket-protocol', ',,'], ['origin', 'https://evil.example'], ['host', 'evil.example'], ['upgrade', 'h2c'], ['sec-websocket-extensions', 'permessage-deflate; a="\\"']] as const)])], unanswered: true }),
];

export const httpShots = (target: Target): readonly ((chance: Chance) => Shot)[] => [
  (chance) => ({ name: 'content types', pieces: [http({ headers: [['content-type', chance.pick(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=utf-16', 'application/json; charset=', 'application/graphql', '', ';;;', 'application/json,text/plain', 'x'.repeat(5_000), '\u00ff'])]], body: JSON.stringify({ query: target.valid[0] }) })] }),
  (chance) => ({ name: 'methods', pieces: [http({ method: chance.pick(['PUT', 'DELETE', 'PATCH', 'HEAD', 'TRACE', 'QUERY', 'get', 'FOO', 'PROPFIND', 'CONNECT', 'OPTIONS', 'GE T', 'G\0T']), path: chance.pick(['/graphql', '/graphql/stream', '/', '*', '/api/kommo/sync']), body: '{}' })] }),
  (chance) => ({ name: 'GET with mistakes', pieces: [http({ method: 'GET', headers: [['apollo-require-preflight', 'true']], path: `/graphql?${chance.pick(['query', 'query=', `query=${encode(mutate(chance, chance.pick(target.valid)))}`, 'query=%', 'query=%ff%fe', `query=${encode(target.valid[0]!)}&variables=${encode(chance.pick(['{', '[]', '1', '"x"', 'null', '{"v":"\\u0000"}', '{"__proto__":{"polluted":1}}']))}`, `query=${encode(target.valid[0]!)}&extensions=x`, '__proto__[polluted]=1&query[]=1', `query=${'a'.repeat(12_000)}`, 'documentId=%00', '?'.repeat(500)])}` })] }),
  (chance) => {
    const [encoding, bomb] = chance.pick(BOMBS);
    return { name: 'compressed bombs', pieces: [http({ path: chance.pick(['/graphql', '/api/kommo/sync']), headers: [['content-encoding', encoding]], body: bomb })] };
  },
  (chance) => ({ name: 'encodings', pieces: [http({ path: chance.pick(['/graphql', '/api/kommo/sync']), headers: [['content-encoding', chance.pick(['gzip', 'br', 'deflate', 'zstd', 'gzip, gzip', '__proto__', 'constructor', ''])]], body: chance.bytes(100) })] }),
  () => ({ name: 'a slow body that stops', pieces: [http({ headers: [['content-length', '5000']], body: '{"query":"{' }), ' ', ' ', ' ', ' '], pauseMs: 60, afterwards: 'linger', unanswered: true, patienceMs: 2_000 }),
  () => ({ name: 'a slow body that ends', pieces: [http({ headers: [['content-length', '26']], body: '{"query"' }), ':"{ _', '_type', 'name', ' }"', '}'], pauseMs: 30 }),
  () => ({ name: 'slow headers that stop', pieces: ['POST /graphql HTTP/1.1\r\n', 'host: localhost\r\n', 'x-a: ', 'b'], pauseMs: 40, afterwards: 'linger', unanswered: true, patienceMs: 2_000 }),
  (chance) => ({ name: 'bad chunks', pieces: [http({ headers: OPEN_CHUNKED, body: chance.pick(['zz\r\nxx\r\n', '-1\r\n\r\n', 'ffffffffffffffff\r\nx', '5\r\nabc', '0\r\n\r\n', '3;ext="\0"\r\nabc\r\n0\r\n\r\n', '1\r\n{\r\n', '0x5\r\nhello\r\n0\r\n\r\n']) }).subarray(0)], afterwards: 'end', patienceMs: 3_000, unanswered: true }),
  (chance) => ({ name: 'contradicting lengths', pieces: [http({ headers: chance.pick([[['content-length', '-1']], [['content-length', '1e3']], [['content-length', '5'], ['content-length', '6']], [['content-length', '10'], ['transfer-encoding', 'chunked']], [['transfer-encoding', 'gzip, chunked']], [['transfer-encoding', 'chunked, identity']], [['content-length', '99999999999999999999']]] as const), body: '0\r\n\r\nGET / HTTP/1.1\r\n\r\n' })], afterwards: 'end', patienceMs: 3_000, unanswered: true }),
  (chance) => ({ name: 'header floods', pieces: [http({ headers: chance.pick([Array.from({ length: 3_000 }, (_, i) => [`x-${i}`, 'y'] as const), [['x-big', 'y'.repeat(100_000)]] as const, [['cookie', 'a=b; '.repeat(2_000)]] as const, [['x-forwarded-for', '1.2.3.4, '.repeat(1_500)]] as const, [['accept', 'a/b, '.repeat(3_000)]] as const, [['if-none-match', '"x", '.repeat(2_500)]] as const]), body: JSON.stringify({ query: target.valid[0] }) })] }),
  (chance) => ({ name: 'strange headers', pieces: [http({ headers: [chance.pick([['host', ''], ['host', 'evil.example'], ['host', 'localhost:99999'], ['origin', 'null'], ['origin', 'https://evil.example'], ['x-request-id', '\u00e9\u00e9'], ['x-request-id', 'a\tb'], ['traceparent', '00-zz'], ['authorization', 'Bearer'], ['authorization', `Bearer ponte_${'x'.repeat(9_000)}`], ['x-api-key', '\u00ff'], ['expect', '100-continue'], ['expect', 'x'], ['range', 'bytes=0-1'], ['upgrade', 'websocket']] as const)], body: JSON.stringify({ query: target.valid[0] }) })] }),
  (chance) => ({ name: 'no HTTP', pieces: [chance.pick([chance.bytes(300), 'GET\r\n\r\n', '\r\n\r\n\r\n', 'GET / HTTP/9.9\r\n\r\n', 'GET /\0 HTTP/1.1\r\nhost: x\r\n\r\n', '\x16\x03\x01\x02\x00\x01\x00\x01', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'GET / HTTP/1.1\r\nbad header\r\n\r\n', 'GET / HTTP/1.1\r\n: x\r\n\r\n', 'GET / HTTP/1.1\nhost: x\n\n'])], afterwards: 'end', patienceMs: 3_000, unanswered: true }),
  (chance) => ({ name: 'half-closed and gone', pieces: [http({ body: JSON.stringify({ query: chance.pick(target.valid) }) }).subarray(0, 40 + chance.below(400))], afterwards: chance.pick(['end', 'destroy'] as const), patienceMs: 2_000, unanswered: true }),
  (chance) => ({ name: 'gone before the answer', pieces: [http({ body: JSON.stringify({ query: chance.pick(target.valid) }) })], afterwards: 'destroy', unanswered: true }),
  (chance) => ({ name: 'streams that are left', pieces: [http({ path: chance.pick(['/graphql', '/graphql/stream']), headers: [['accept', chance.pick(['text/event-stream', 'multipart/mixed;subscriptionSpec=1.0'])]], body: JSON.stringify({ query: chance.pick(target.subscriptions) }) })], afterwards: 'linger', unanswered: true }),
  (chance) => ({ name: 'paths', pieces: [http({ method: chance.pick(['GET', 'POST']), path: chance.pick(['/../../etc/passwd', '/api/../../../etc/passwd', '/api/%2e%2e%2f%2e%2e%2fetc/passwd', '/%00', '/api/%', '/%ff', '//evil.example/', '/api/kommo/deals/..;/x', '/graphql/../schema.graphql', '/schema.graphql/', '/health/live%0d%0aX-Injected:1', `/${'a/'.repeat(3_000)}`, '/api/__proto__', '/constructor', 'http://evil.example/graphql', '/graphql%3f', '/metrics', '/.env', '/.git/config']) })] }),
  (chance) => {
    const [method, path] = chance.pick(target.routes);
    const name = chance.pick(['page', 'limit', 'query', 'dateFrom', 'dateTo', 'data_inicio', 'walletId', '__proto__', 'constructor[prototype][polluted]', 'page[]', 'limit[a]', 'query[$ne]', 'id', 'after', 'runId']);
    const value = chance.next() < 0.2 ? strangeCursor(chance) : chance.pick(STRANGE_TEXTS).slice(0, 5_000);
    return { name: 'REST queries', pieces: [http({ method, path: `${path}?${encode(name)}=${encode(value)}&${chance.pick(['page=1', 'page=0', 'page=999999999', 'limit=201', 'limit=-1', 'limit=1e3', 'page=1&page=2', 'dateFrom=2026-13-45', 'dateFrom=0000-00-00&dateTo=9999-12-31', 'query=%00', 'query=%ed%a0%80', 'walletId=x'])}` })] };
  },
  (chance) => {
    const [, path] = chance.pick(target.routes.filter(([method]) => method === 'POST'));
    const body = chance.pick(['{', '[]', '1', '"x"', 'null', '{"walletId":"\\u0000"}', '{"walletId":{"$ne":null}}', '{"streams":["\\u0000"]}', '{"streams":{"length":1e9}}', '{"cron":"* * * * * * * *"}', '{"cron":"\\u0000"}', '{"cron":"99 99 99 99 99"}', '{"timeZone":"../../etc/passwd"}', '{"timeZone":"\\u0000"}', '{"since":"0000-00-00T00:00:00Z"}', '{"since":"+275760-09-14T00:00:00Z"}', '{"mode":"__proto__"}', '{"__proto__":{"mode":"FULL"}}', '{"constructor":{"prototype":{"polluted":1}}}', `{"streams":[${'"x",'.repeat(40)}"y"]}`, '['.repeat(50_000), JSON.stringify({ walletId: chance.pick(STRANGE_TEXTS) })]);
    return { name: 'REST bodies', pieces: [http({ path, body })] };
  },
];
