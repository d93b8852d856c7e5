// The same graph as one schema on graphql-jit: what a gateway would reach if federation cost nothing.
import { createMonolith, createShopContext } from '../shop/schema.ts';
import { listen, reportReady } from './child.ts';
import { createOperationsServer } from './operations.ts';

reportReady({ url: await listen(createOperationsServer(createMonolith(), createShopContext)) });
