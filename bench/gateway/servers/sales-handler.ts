// The handler that somebody would write for this one query: one SQL statement makes the answer's text, which goes out as it is.
import { createServer } from 'node:http';
import { saoPauloToday } from '../../../lib/time.ts';
import { createDatabase } from '../../../prisma/index.ts';
import { createByHand } from '../../sales-by-hand.ts';
import { input, listen, reportReady } from './child.ts';
import { readBody } from './operations.ts';

interface Wanted {
  readonly query: string;
  readonly variables: { readonly first: number; readonly after?: string };
}

const database = createDatabase({ url: input<{ url: string }>().url, applicationName: 'bench handler' });
const today = saoPauloToday(new Date());
const counting = createByHand(database.pool, { today, totalCount: true });
const plain = createByHand(database.pool, { today, totalCount: false });

async function answer({ query, variables: { first, after } }: Wanted): Promise<string> {
  const { ask } = /\{\s*totalCount\s+pageInfo/.test(query) ? counting : plain;
  if (after === undefined) return ask(first);
  const [, date, id] = JSON.parse(Buffer.from(after, 'base64url').toString()) as [string, string, string];
  return ask(first, { date, id });
}

const server = createServer((request, response) => {
  readBody(request, (body) => {
    void answer(JSON.parse(body) as Wanted).then(
      (text) => response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
});
reportReady({ url: await listen(server) }, { close: () => database.close() });
