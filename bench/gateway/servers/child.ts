// The side of a started process in its talk with the bench: it says where it listens, answers questions, ends when told to,
// when the bench is gone, and writes a CPU profile on request.
import { Session } from 'node:inspector/promises';
import { writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the bench gives each server that it starts; written by it, so trusted. */
export const input = <T>(): T => JSON.parse(process.argv[2] ?? '{}') as T;

export type Order = { readonly ask: string; readonly with?: unknown } | { readonly profile: 'start' } | { readonly profile: 'stop'; readonly file: string } | { readonly end: true };

export interface ChildOptions {
  /** Answers to questions, by name. */
  readonly answers?: Readonly<Record<string, (about: unknown) => unknown>>;
  close?(): Promise<void> | void;
}

/** Tells the bench `facts` (where it listens and so on), and does what it says from now on. */
export function reportReady(facts: object, { answers = {}, close }: ChildOptions = {}): void {
  const session = new Session();
  const end = async (): Promise<void> => {
    setTimeout(() => process.exit(1), 3_000).unref();
    await close?.();
    process.exit(0);
  };
  process.once('disconnect', () => void end());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {}); // the bench says when it is over
  process.on('message', (order: Order) => {
    void (async () => {
      if ('end' in order) return end();
      if ('ask' in order) {
        const answer = await Promise.resolve(answers[order.ask]?.(order.with)).catch((error: unknown) => ({ failed: String(error) }));
        return process.send!({ answer });
      }
      if (order.profile === 'start') {
        session.connect();
        await session.post('Profiler.enable');
        await session.post('Profiler.start');
      } else {
        const { profile } = await session.post('Profiler.stop');
        session.disconnect();
        await writeFile(order.file, JSON.stringify(profile));
      }
      process.send!({ answer: null });
    })();
  });
  process.send!({ ready: facts });
}

/** Listens on a free port of the loopback. */
export async function listen(server: Server): Promise<string> {
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
}
