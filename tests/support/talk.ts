// A WebSocket that speaks the protocol by hand, so that a test can say what no client would.
import { expect, vi } from 'vitest';
import { WebSocket, type ClientOptions } from 'ws';

export const PROTOCOL = 'graphql-transport-ws';

export interface Closed {
  code: number;
  reason: string;
}
/** Open, and initialised unless `init` is false. */
export async function talkTo(url: string, { init = true, ...options }: { init?: boolean } & ClientOptions = {}) {
  const socket = new WebSocket(url, PROTOCOL, options);
  const heard: Record<string, unknown>[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data as Buffer)) as Record<string, unknown>));
  const closed = new Promise<Closed>((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: String(reason) })));
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const say = (message: unknown) => socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  const hear = (message: unknown) => vi.waitFor(() => expect(heard).toContainEqual(message));
  if (init) {
    say({ type: 'connection_init' });
    await hear({ type: 'connection_ack' });
  }
  return { socket, heard, closed, say, hear };
}
export const subscribe = (id: string, query = 'subscription { ticks }', more: object = {}) => ({ id, type: 'subscribe', payload: { query, ...more } });
