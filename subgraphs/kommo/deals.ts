// Deals (Kommo calls them leads) and the contacts on them.
import { linkedRow, listOf, recordFields, rowById } from '../../lib/graphql/index.ts';
import { fieldValuesOf } from './field-values.ts';
import { companies, contacts, crmUsers, dealContacts, deals, lossReasons, pipelines, stages } from './rows.ts';
import type { KommoTypes } from './types.ts';

const contactsOf = listOf(deals, 'contacts', dealContacts);

export function addDeals(types: KommoTypes): void {
  types.Deal.implement({
    description: 'An opportunity in a pipeline of the CRM.',
    fields: (t) => ({
      ...recordFields(t, deals),
      name: t.exposeString('name'),
      price: t.expose('price', { type: 'Decimal' }),
      status: t.expose('status', { type: types.DealStatus }),
      tags: t.exposeStringList('tags'),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
      closedAt: t.expose('closedAt', { type: 'DateTime', nullable: true }),
      lossReason: t.string({
        nullable: true,
        resolve: async (deal, _args, context) =>
          deal.lossReason ?? (await rowById(context, lossReasons, deal.lossReasonId))?.name ?? null,
      }),
      stage: t.field({
        type: types.Stage,
        nullable: true,
        resolve: (deal, _args, context) => linkedRow(context, stages, deal.stage, deal.stageId),
      }),
      pipeline: t.field({
        type: types.Pipeline,
        nullable: true,
        resolve: (deal, _args, context) => linkedRow(context, pipelines, deal.pipeline, deal.pipelineId),
      }),
      responsible: t.field({
        type: types.CrmUser,
        nullable: true,
        resolve: (deal, _args, context) => linkedRow(context, crmUsers, deal.responsible, deal.responsibleId),
      }),
      company: t.field({
        type: types.Company,
        nullable: true,
        resolve: (deal, _args, context) => linkedRow(context, companies, deal.company, deal.companyId),
      }),
      customFields: t.field({
        type: [types.CustomFieldValues],
        resolve: (deal, _args, context) => fieldValuesOf(context, deal.id),
      }),
      contacts: t.field({
        type: [types.DealContact],
        description: 'The main contact first.',
        resolve: async (deal, _args, context, info) => {
          const rows = await contactsOf(deal, {}, context, info);
          return rows.filter((row) => row.contact !== null).toSorted((a, b) => Number(b.main) - Number(a.main));
        },
      }),
    }),
  });
  types.DealContact.implement({
    fields: (t) => ({
      main: t.exposeBoolean('main'),
      contact: t.field({
        type: types.Contact,
        resolve: async (row, _args, context) => {
          const contact = await linkedRow(context, contacts, row.contact, row.id);
          if (contact === null) throw new TypeError('A contact on a deal was read without the contact');
          return contact;
        },
      }),
    }),
  });
}
