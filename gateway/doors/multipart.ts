// Answers in parts (`multipart/mixed`), in the two dialects that Apollo Client reads: `@defer` (deferSpec=20220824) and
// subscriptions (subscriptionSpec=1.0). The delimiter after a part is sent with it, so that the client need not wait for the next.
import type { IncrementalResult } from '../execution/executable.ts';
import type { Result } from '../result.ts';
import { formatted } from './refusals.ts';
import type { Format } from './streaming.ts';

const partOf = (text: string): string => `content-type: application/json; charset=utf-8\r\n\r\n${text}\r\n`;

export const DEFERRED: Format<IncrementalResult> = {
  contentType: 'multipart/mixed; boundary="-"; deferSpec=20220824',
  opening: '\r\n---\r\n',
  frame: ({ text, hasNext }) => `${partOf(text)}---${hasNext ? '' : '--'}\r\n`,
  interrupted: () => `${partOf('{"hasNext":false}')}-----\r\n`,
  closing: '',
};

const NEXT = '--graphql\r\n';

export const SUBSCRIPTION: Format<Result> = {
  contentType: 'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0',
  opening: `\r\n${NEXT}`,
  heartbeat: `${partOf('{}')}${NEXT}`,
  frame: ({ text }) => `${partOf(`{"payload":${text}}`)}${NEXT}`,
  interrupted: (reason) => `${partOf(JSON.stringify({ payload: null, errors: [formatted(reason)] }))}--graphql--\r\n`,
  closing: `${partOf('{"payload":null}')}--graphql--\r\n`,
};
