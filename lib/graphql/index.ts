// The door of lib/graphql: what every subgraph is built from, and the port through which it is served.
//
//   const builder = createBuilder<Context>();                         fields are non-null unless they say so
//   const thing = defineSource<ThingRow>({ table: 'crm.thing', columns: snakeColumns('id', 'walletId', 'name') });
//   const Thing = builder.objectRef<ThingRow>('Thing');
//   const ThingConnection = connectionType(builder, Thing);
//   asEntity(builder, Thing, thing);                                  @key(fields: "id"), references read by id
//   openConnection(context, { source: thing, where: matches(search), order }, args, lookahead(info))
//   nestedConnection(context, info, parent.id, { source: thing, parent: byColumn('parent_id'), order }, args)
//   toMany: { lines: { source: () => line, parent: 'thing_id', orderBy: ['position'] } }    resolve: listOf(thing, 'lines', line)
//   resolve: linkTo(owner, 'owner', 'ownerId')                        joined by the list's statement, else by the loader
//   toSubgraph({ name, builder, log, createContext: (request) => ({ ...createRequestContext(database, request) }) })
export { type Access } from './access.ts';
export { type BatchRead, type LoadMany } from './batch.ts';
export { connectionType, createBuilder, offsetArgs, orderInput, pageArgs, type Builder } from './builder.ts';
export { openConnection, type Connection, type Edge, type List, type Total } from './connection.ts';
export { createLoader, createRequestContext, signalOf, type Load, type Loaders, type RequestContext, type RowReader } from './context.ts';
export { type Direction, type Order, type SortType } from './cursor.ts';
export { asEntity, entityOf, type ReadEntities } from './entities.ts';
export { errorExtensions, toGraphQLError, toGraphQLErrors } from './errors.ts';
export { lookahead, type Lookahead } from './lookahead.ts';
export { byColumn, nestedConnection, type NestedList } from './nested.ts';
export { recordFields, type SyncedRow } from './record-fields.ts';
export { linkedRow, linkTo, listOf, metadataOf, rowById, rowsById } from './records.ts';
export { isDay, isDecimal, isInstant, moneyText, SCALARS, type Scalars } from './scalars.ts';
export { toSubgraph, type SubgraphOptions } from './service.ts';
export { selectFrom, selectionOf, type Selection } from './selection.ts';
export { defineSource, rowsSeen, snakeColumns, type Source, type SourceOptions, type ToMany, type ToOne } from './source.ts';
export { readWallets, WALLETS_HEADER, writeWallets, type AllowedWallets, type Subgraph, type SubgraphRequest } from './subgraph.ts';
export { between, equals, idIn, inWallets, isStorable, matches, searchWords, textIn, whereAll } from './where.ts';
export { type PageArgs } from './window.ts';
