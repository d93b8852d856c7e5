// The two in-memory subgraphs over HTTP, in one process; composes the supergraph once their addresses are known.
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { createSubgraphs } from '../shop/schema.ts';
import { listen, reportReady } from './child.ts';
import { createOperationsServer } from './operations.ts';

const services = [];
for (const { name, schema, sdl, createContext } of createSubgraphs()) {
  const url = await listen(createOperationsServer(schema, () => createContext({ allowedWallets: 'all' })));
  services.push({ name, url, sdl });
}
const { errors, supergraphSdl } = composeServices(services.map(({ sdl, ...service }) => ({ ...service, typeDefs: parse(sdl) })));
if (errors?.length) throw new AggregateError(errors, 'The in-memory graph does not compose');
reportReady({ services, supergraphSdl });
