// Streams as server-sent events, in the distinct connections mode of the GraphQL over SSE protocol (clients: graphql-sse, or any
// EventSource). Its handler is not used: it takes events from the source as fast as they come and queues them for the client.
import type { Result } from '../result.ts';
import { formatted } from './refusals.ts';
import type { Format } from './streaming.ts';

/** Line breaks between the tokens of a JSON text begin new `data:` lines, which mean the same. */
const dataOf = (text: string): string => (/[\r\n]/.test(text) ? text.replace(/\r\n|\r|\n/g, '\ndata: ') : text);

const COMPLETE = 'event: complete\ndata:\n\n';

export const EVENTS: Format<Result> = {
  contentType: 'text/event-stream; charset=utf-8',
  // Some browsers take the response for open only when a first byte of the body is there.
  opening: ':\n\n',
  heartbeat: ':\n\n',
  frame: ({ text }) => `event: next\ndata: ${dataOf(text)}\n\n`,
  // Without a `complete` the client takes the stream for broken and connects again, as it should where that helps.
  interrupted: (reason) => (reason.retryable ? '' : `event: next\ndata: ${JSON.stringify({ errors: [formatted(reason)] })}\n\n${COMPLETE}`),
  closing: COMPLETE,
};
