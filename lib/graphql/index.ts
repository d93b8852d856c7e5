// The door of lib/graphql: what every subgraph is built from, and the port through which it is served.
export { connectionType, createBuilder, offsetArgs, orderInput, pageArgs, type Builder } from './builder.ts';
export { openConnection, type Connection, type Edge, type List, type Total } from './connection.ts';
export { createLoader, createRequestContext, type BatchRead, type Load, type Loaders, type RequestContext, type RowReader } from './context.ts';
export { type Direction, type Order, type SortType } from './cursor.ts';
export { errorExtensions, toGraphQLError, toGraphQLErrors } from './errors.ts';
export { lookahead, type Lookahead } from './lookahead.ts';
export { byColumn, nestedConnection, nodeLook, type NestedList } from './nested.ts';
export { asEntity, recordFields, type SyncedRow } from './record-fields.ts';
export { childrenOf, linkedRow, metadataOf, rowById, type ChildList } from './records.ts';
export { isDay, isDecimal, isInstant, moneyText, SCALARS, type Scalars } from './scalars.ts';
export { toSubgraph, type SubgraphOptions } from './service.ts';
export { defineSource, selectFrom, selectionOf, snakeColumns, type Selection, type Source, type SourceOptions, type ToOne } from './source.ts';
export { readWallets, WALLETS_HEADER, writeWallets, type AllowedWallets, type Subgraph, type SubgraphRequest } from './subgraph.ts';
export { between, equals, idIn, inWallets, isStorable, matches, searchWords, textIn, whereAll } from './where.ts';
export { type PageArgs } from './window.ts';
