// The one address of the compatibility suite that cannot be changed: it asks the router at http://localhost:4000/. This door
// stands there and passes everything on to the gateway, wherever that is.
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';

const PORT = 4000;

export interface RouterDoor {
  /** Where requests go from now on, e.g. `http://127.0.0.1:3000/graphql`. */
  leadTo(url: string): void;
  close(): Promise<void>;
}

function pass(url: string, incoming: IncomingMessage, answer: ServerResponse): void {
  const onward = request(url, { method: incoming.method, headers: { ...incoming.headers, host: new URL(url).host } }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.headers);
    response.pipe(answer);
  });
  onward.on('error', () => answer.writeHead(502).end());
  incoming.pipe(onward);
}

/** Rejects with a sentence that says what to do where the port is taken. */
export async function openRouterDoor(): Promise<RouterDoor> {
  let target: string | undefined;
  const server = createServer((incoming, answer) => {
    if (target === undefined) answer.writeHead(503).end();
    else pass(target, incoming, answer);
  });
  await new Promise<void>((done, failed) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      failed(error.code === 'EADDRINUSE' ? new Error(`Port ${PORT} is taken, and the suite looks for the router there and nowhere else: end what listens on it`, { cause: error }) : error),
    );
    server.listen({ host: '127.0.0.1', port: PORT }, done);
  });
  return {
    leadTo(url) {
      target = url;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
