// The port between a subgraph and whoever serves it: the gateway in this process, or an HTTP server of its own.
import type { GraphQLSchema } from 'graphql';
import type { Cancel, Cancellation } from '../cancel.ts';

/** Which wallets the caller may see; every loader filters by it. */
export type AllowedWallets = 'all' | readonly string[];

/** What travels with each request into a subgraph, in process or as HTTP headers. */
export interface SubgraphRequest {
  allowedWallets: AllowedWallets;
  /** Aborted when the client is gone or the deadline has passed. Asking for it may cost its making. */
  signal?: AbortSignal;
  /** The same, at no cost, where the caller has it. */
  cancel?: Cancel;
}

/** A request whose real signal is made only for a subgraph that reads it. */
export const subgraphRequest = (allowedWallets: AllowedWallets, cancel: Cancellation): SubgraphRequest => ({
  allowedWallets,
  cancel,
  get signal() {
    return cancel.signal;
  },
});

/** One of the services of the graph. The same object is called in process and served over HTTP. */
export interface Subgraph {
  /** Name in the supergraph: `gestao-click`, `kommo`, `sync`, `insights`. */
  readonly name: string;
  /** Executable, with `_entities` and `_service`. */
  readonly schema: GraphQLSchema;
  /**
   * True where the objects that resolvers give hold values only, no promises and no functions, and where the lists that they
   * promise hold no promises: fields without a resolver may then be read as plain properties by compiled operations.
   */
  readonly plainRows?: boolean;
  /** Federation SDL, as it is composed. */
  readonly sdl: string;
  /** Context of one client request: loaders are shared by all fetches that this request makes here. */
  createContext(request: SubgraphRequest): object;
}

/** Header that carries `allowedWallets` from gateway to subgraph: `all`, or ids separated by commas. */
export const WALLETS_HEADER = 'x-ponte-wallets';

export const writeWallets = (wallets: AllowedWallets): string => (wallets === 'all' ? 'all' : wallets.join(','));

/** A missing header allows nothing: only the gateway may widen it. */
export const readWallets = (header: string | undefined): AllowedWallets =>
  header === 'all' ? 'all' : (header ?? '').split(',').filter((id) => id !== '');

/** Header that carries what only the gateway and its subgraphs know: a subgraph that has a secret answers nobody without it. */
export const SECRET_HEADER = 'x-ponte-secret';
