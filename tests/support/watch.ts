// What a subscription over WebSocket gives, as it comes.
import type { FormattedExecutionResult } from 'graphql';
import type { Client } from 'graphql-ws';

type Event = FormattedExecutionResult<Record<string, unknown>, unknown>;

/** What a subscription gave so far, as it comes. */
export interface Watch {
  readonly events: Event[];
  readonly ended: Promise<'complete' | { error: unknown }>;
  stop(): void;
}

export function watch(client: Client, query: string, variables: Record<string, unknown> = {}): Watch {
  const events: Event[] = [];
  let stop = () => {};
  const ended = new Promise<'complete' | { error: unknown }>((resolve) => {
    stop = client.subscribe({ query, variables }, { next: (event) => void events.push(event), error: (error) => resolve({ error }), complete: () => resolve('complete') });
  });
  return { events, ended, stop: () => stop() };
}
