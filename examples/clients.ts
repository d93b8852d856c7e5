// Small typed clients, as a frontend would write them: queries and mutations over HTTP; subscriptions over graphql-ws, or over
// HTTP where WebSockets do not pass. The types come from the operations (operations.generated.ts).
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { Defer20220824Handler } from '@apollo/client/incremental';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient as createUrqlClient, fetchExchange, subscriptionExchange, type Client as UrqlClient } from '@urql/core';
import { createClient as createEventClient, type Client as EventClient } from 'graphql-sse';
import { createClient as createSocketClient, type Client as SocketClient } from 'graphql-ws';

export interface ClientOptions {
  /** `http://localhost:3000/graphql` */
  url: string;
  /** A key (`ponte key create`) or a token, where the gateway asks for one. */
  key?: string;
  /** Needed outside a browser: Node 20 has no WebSocket of its own. */
  webSocketImpl?: unknown;
}

const socketUrl = (url: string) => url.replace(/^http/, 'ws');
const headersOf = ({ key }: ClientOptions): Record<string, string> => (key === undefined ? {} : { authorization: `Bearer ${key}` });

function createSocket(options: ClientOptions): SocketClient {
  const { url, webSocketImpl } = options;
  // Reconnects by itself; syncProgress sends the current state first, so nothing is missed. A browser's WebSocket has no headers
  // of its own: the key travels in the first message.
  return createSocketClient({ url: socketUrl(url), retryAttempts: 10, connectionParams: headersOf(options), ...(webSocketImpl === undefined ? {} : { webSocketImpl }) });
}

/** Apollo Client 4 with subscriptions over graphql-ws. End it with `stop()` of the client and `dispose` of the socket. */
export function createApollo(options: ClientOptions): { client: ApolloClient; dispose(): void } {
  const socket = createSocket(options);
  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    new HttpLink({ uri: options.url, headers: headersOf(options) }),
  );
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  return {
    client,
    dispose() {
      client.stop();
      void socket.dispose();
    },
  };
}

/** Apollo Client 4 with HTTP alone: subscriptions as multipart answers, and `@defer`, whose parts the handler puts together. */
export function createApolloOverHttp(options: ClientOptions): ApolloClient {
  return new ApolloClient({
    link: new HttpLink({ uri: options.url, headers: headersOf(options) }),
    cache: new InMemoryCache(),
    incrementalHandler: new Defer20220824Handler(),
  });
}

/** Subscriptions as server-sent events: one plain HTTP response for each, through any proxy. End it with `dispose`. */
export function createEvents(options: ClientOptions): EventClient {
  return createEventClient({ url: `${options.url}/stream`, headers: headersOf(options), retryAttempts: 10 });
}

/** urql: queries and mutations over HTTP, subscriptions over graphql-ws. */
export function createUrql(options: ClientOptions): { client: UrqlClient; dispose(): void } {
  const socket = createSocket(options);
  const client = createUrqlClient({
    url: options.url,
    preferGetMethod: false,
    fetchOptions: { headers: headersOf(options) },
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query: query ?? '', variables: variables as Record<string, unknown> }, sink) }),
        }),
      }),
    ],
  });
  return { client, dispose: () => void socket.dispose() };
}
