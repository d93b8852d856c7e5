// What a resolver works with: the database, the wallets that the caller may see, and the loaders of this one request.
import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import { toSignal, type Cancel } from '../cancel.ts';
import type { Sql } from '../sql.ts';
import { createBatch, type BatchRead, type LoadMany } from './batch.ts';
import type { AllowedWallets, SubgraphRequest } from './subgraph.ts';

/** The part of a database that resolvers use. */
export interface RowReader {
  /** `prepared`: no value in the statement decides which plan is right, so that the database may keep one. */
  rows<T extends object>(statement: Sql, options?: { readonly prepared?: boolean }): Promise<T[]>;
}

/** Base of the context of every subgraph. */
export interface RequestContext {
  readonly allowedWallets: AllowedWallets;
  /** Aborted when nobody waits for the answer any more. */
  readonly cancel: Cancel | undefined;
  readonly database: RowReader;
  readonly loaders: Loaders;
}

/** The request's signal, as an option of what takes one. */
export const signalOf = ({ cancel }: Pick<RequestContext, 'cancel'>): { readonly signal?: AbortSignal } => (cancel === undefined ? {} : { signal: toSignal(cancel) });

/** One value; null where there is none. */
export type Load<K, V> = (key: K) => Promise<V | null>;

/** A loader over one set-based read: keys asked for in the same moment travel together, each once. */
export function createLoader<K, V>(read: BatchRead<K, V>): Load<K, V> {
  const loader = new DataLoader<K, V | null>(async (keys) => {
    const found = await read(keys);
    return keys.map((key) => found.get(key) ?? null);
  });
  return (key) => loader.load(key);
}

/** The loaders of one request. */
export interface Loaders {
  /** The loader that stands under `owner` and `name`; made on first use, then shared by the whole request. */
  shared<K, V>(owner: object, name: string, read: BatchRead<K, V>): Load<K, V>;
  /** The same for whole sets of keys. */
  many<K, V>(owner: object, name: string, read: BatchRead<K, V>): LoadMany<K, V>;
  /** A loader for one field of one running operation: all its parents travel together, with the field's own arguments. */
  ofField<K, V>(info: GraphQLResolveInfo, args: object | undefined, read: BatchRead<K, V>): Load<K, V>;
}

function createLoaders(): Loaders {
  const byOwner = new WeakMap<object, Map<string, unknown>>();
  function under<Loader>(owner: object, name: string, make: () => Loader): Loader {
    let loaders = byOwner.get(owner);
    if (loaders === undefined) byOwner.set(owner, (loaders = new Map()));
    let load = loaders.get(name) as Loader | undefined;
    if (load === undefined) loaders.set(name, (load = make()));
    return load;
  }
  const byExecution = new WeakMap<object, WeakMap<object, object>>();
  /**
   * One object for each place of one running operation. Executions have an object of variable values each, and all parents
   * at one place are given the same list of nodes (graphql-js keeps it for the execution, compiled code for good).
   */
  function placeOf({ variableValues, fieldNodes }: GraphQLResolveInfo): object {
    let places = byExecution.get(variableValues);
    if (places === undefined) byExecution.set(variableValues, (places = new WeakMap()));
    let place = places.get(fieldNodes);
    if (place === undefined) places.set(fieldNodes, (place = {}));
    return place;
  }
  return {
    shared: <K, V>(owner: object, name: string, read: BatchRead<K, V>) => under(owner, name, () => createLoader(read)),
    many: <K, V>(owner: object, name: string, read: BatchRead<K, V>) => under(owner, `${name}*`, () => createBatch(read)),
    ofField: <K, V>(info: GraphQLResolveInfo, args: object | undefined, read: BatchRead<K, V>) =>
      under(placeOf(info), args === undefined ? '' : JSON.stringify(args), () => createLoader(read)),
  };
}

/** The context of one request. Once it is aborted, no further statement is sent. */
export function createRequestContext(database: RowReader, request: SubgraphRequest): RequestContext {
  const cancel = request.cancel ?? request.signal;
  return {
    allowedWallets: request.allowedWallets,
    cancel,
    database: {
      async rows<T extends object>(statement: Sql, options?: { readonly prepared?: boolean }) {
        cancel?.throwIfAborted();
        return database.rows<T>(statement, options);
      },
    },
    loaders: createLoaders(),
  };
}
