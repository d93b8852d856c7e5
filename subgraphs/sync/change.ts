// What changed, as it changes. The record itself lives in another subgraph: the gateway resolves what is asked of it.
import { signalOf } from '../../lib/graphql/index.ts';
import type { RecordChange } from '../../sync/index.ts';
import { builder } from './builder.ts';

const TYPES = ['SALE', 'CLIENT', 'PAYMENT', 'QUOTE', 'PRODUCT', 'CONTACT', 'DEAL', 'COMPANY'] as const;
type RecordTypeName = (typeof TYPES)[number];

const RecordType = builder.enumType('RecordType', { values: TYPES });
const ChangeKind = builder.enumType('ChangeKind', { values: ['CREATED', 'UPDATED', 'DELETED'] as const });

interface Reference {
  readonly id: string;
}

/** A type of another subgraph, known here by its id only. */
const reference = (name: string) =>
  builder.objectRef<Reference>(name).implement({
    directives: { key: { fields: 'id', resolvable: false } },
    fields: (t) => ({ id: t.exposeID('id') }),
  });

const references = { SALE: reference('Sale'), CLIENT: reference('Client'), PAYMENT: reference('Payment'), CONTACT: reference('Contact'), DEAL: reference('Deal') } as const;

const idWhere = (type: RecordTypeName) => (change: RecordChange) => (change.type === type && change.change !== 'DELETED' ? { id: change.recordId } : null);

const RecordChangeType = builder.objectRef<RecordChange>('RecordChange').implement({
  description: 'Only the field of the changed record is filled; none for a deleted one.',
  fields: (t) => ({
    type: t.field({ type: RecordType, resolve: ({ type }) => type as RecordTypeName }),
    change: t.expose('change', { type: ChangeKind }),
    at: t.expose('at', { type: 'DateTime' }),
    recordId: t.exposeID('recordId'),
    sale: t.field({ type: references.SALE, nullable: true, resolve: idWhere('SALE') }),
    client: t.field({ type: references.CLIENT, nullable: true, resolve: idWhere('CLIENT') }),
    payment: t.field({ type: references.PAYMENT, nullable: true, resolve: idWhere('PAYMENT') }),
    contact: t.field({ type: references.CONTACT, nullable: true, resolve: idWhere('CONTACT') }),
    deal: t.field({ type: references.DEAL, nullable: true, resolve: idWhere('DEAL') }),
  }),
});

builder.subscriptionFields((t) => ({
  recordsChanged: t.field({
    type: RecordChangeType,
    nullable: true,
    description: 'Coalesced: a record that changes faster than it is read comes once, in its newest state.',
    args: { types: t.arg({ type: [RecordType], description: 'Null or empty: all.' }) },
    subscribe: (_root, { types }, { engine, allowedWallets, cancel }) =>
      engine.watchChanges({ types: types == null || types.length === 0 ? TYPES : types, allowedWallets, ...signalOf({ cancel }) }),
    resolve: (change: RecordChange) => change,
  }),
}));
