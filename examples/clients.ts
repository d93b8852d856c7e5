// Two small typed clients, as a frontend would write them: queries and mutations over HTTP, subscriptions over graphql-ws on
// the same address. The types come from the operations (operations.generated.ts).
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient as createUrqlClient, fetchExchange, subscriptionExchange, type Client as UrqlClient } from '@urql/core';
import { createClient as createSocketClient, type Client as SocketClient } from 'graphql-ws';

export interface ClientOptions {
  /** `http://localhost:3000/graphql` */
  url: string;
  /** Needed outside a browser: Node 20 has no WebSocket of its own. */
  webSocketImpl?: unknown;
}

const socketUrl = (url: string) => url.replace(/^http/, 'ws');

function createSocket({ url, webSocketImpl }: ClientOptions): SocketClient {
  // Reconnects by itself; syncProgress sends the current state first, so nothing is missed.
  return createSocketClient({ url: socketUrl(url), retryAttempts: 10, ...(webSocketImpl === undefined ? {} : { webSocketImpl }) });
}

/** Apollo Client 4. End it with `stop()` of the client and `dispose` of the socket. */
export function createApollo(options: ClientOptions): { client: ApolloClient; dispose(): void } {
  const socket = createSocket(options);
  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    new HttpLink({ uri: options.url }),
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

/** urql, the same two transports. */
export function createUrql(options: ClientOptions): { client: UrqlClient; dispose(): void } {
  const socket = createSocket(options);
  const client = createUrqlClient({
    url: options.url,
    preferGetMethod: false,
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
