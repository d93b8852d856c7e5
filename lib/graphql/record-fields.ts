// What every synchronised type shows alike: ids, the account it came from, when it was stored, the provider's record.
import type { ObjectFieldBuilder } from '@pothos/core';
import type { Types, TypesOf } from './builder.ts';
import type { RequestContext } from './context.ts';
import { metadataOf } from './records.ts';
import type { Source } from './source.ts';

/** A row as a provider's record becomes one. */
export interface SyncedRow {
  id: string;
  walletId: string;
  externalId: string;
  syncedAt: string | Date;
}

/** `id`, `externalId`, `walletId`, `syncedAt`, `metadata` of a type. */
export const recordFields = <Context extends RequestContext, Row extends SyncedRow>(
  t: ObjectFieldBuilder<TypesOf<Context>, Row>,
  source: Source<Row>,
) => {
  const plain = t as unknown as ObjectFieldBuilder<Types, SyncedRow>;
  return {
    id: plain.exposeID('id', { description: 'Opaque; the same after every re-import.' }),
    externalId: plain.exposeString('externalId', { description: "The provider's own id." }),
    walletId: plain.exposeID('walletId', { description: 'The connected account that it came from.' }),
    syncedAt: plain.expose('syncedAt', { type: 'DateTime', description: 'When this version was stored.' }),
    metadata: plain.field({
      type: 'JSONObject',
      nullable: true,
      description: "The provider's record as it came.",
      resolve: (row, _args, context) => metadataOf(context, source, row as Row),
    }),
  };
};
