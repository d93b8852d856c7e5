// Stock Apollo Gateway in Apollo Server, as its documentation starts it; headers go to the subgraphs where they ask for some.
import type * as gatewayPackage from '@apollo/gateway';
import type * as serverPackage from '@apollo/server';
import type * as standalonePackage from '@apollo/server/standalone';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { input, reportReady } from './child.ts';

const { rivals, file, headers = {} } = input<{ rivals: string; file: string; headers?: Record<string, string> }>();
const require = createRequire(rivals);
const { ApolloGateway, RemoteGraphQLDataSource } = require('@apollo/gateway') as typeof gatewayPackage;
const { ApolloServer } = require('@apollo/server') as typeof serverPackage;
const { startStandaloneServer } = require('@apollo/server/standalone') as typeof standalonePackage;

const gateway = new ApolloGateway({
  supergraphSdl: await readFile(file, 'utf8'),
  ...(Object.keys(headers).length === 0
    ? {}
    : {
        buildService: ({ url }) =>
          new RemoteGraphQLDataSource({
            ...(url === undefined ? {} : { url }),
            willSendRequest({ request }) {
              for (const [name, value] of Object.entries(headers)) request.http?.headers.set(name, value);
            },
          }),
      }),
});
const server = new ApolloServer({ gateway, stopOnTerminationSignals: false });
const { url } = await startStandaloneServer(server, { listen: { host: '127.0.0.1', port: 0 } });
reportReady({ url });
