// Contacts and companies of the CRM.
import { linkedRow, nestedConnection, offsetArgs, recordFields } from '../../lib/graphql/index.ts';
import { fieldValuesOf } from './field-values.ts';
import { contactOrder, contactWhere, dealOrder, dealWhere, type Filters } from './filters.ts';
import { byCompany, ofContact } from './relations.ts';
import { companies, contacts, crmUsers, deals } from './rows.ts';
import type { KommoTypes } from './types.ts';

export function addPeople(types: KommoTypes, { DealFilter, ContactFilter }: Filters): void {
  types.Contact.implement({
    description: 'A person in the CRM.',
    fields: (t) => ({
      ...recordFields(t, contacts),
      name: t.exposeString('name'),
      firstName: t.exposeString('firstName', { nullable: true }),
      lastName: t.exposeString('lastName', { nullable: true }),
      phones: t.exposeStringList('phones'),
      emails: t.exposeStringList('emails'),
      tags: t.exposeStringList('tags'),
      createdAt: t.expose('createdAt', { type: 'DateTime' }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime' }),
      responsible: t.field({
        type: types.CrmUser,
        nullable: true,
        resolve: (contact, _args, context) => linkedRow(context, crmUsers, contact.responsible, contact.responsibleId),
      }),
      company: t.field({
        type: types.Company,
        nullable: true,
        resolve: (contact, _args, context) => linkedRow(context, companies, contact.company, contact.companyId),
      }),
      customFields: t.field({
        type: [types.CustomFieldValues],
        resolve: (contact, _args, context) => fieldValuesOf(context, contact.id),
      }),
      deals: t.field({
        type: types.connections.deals,
        args: {
          ...offsetArgs(t.arg),
          filter: t.arg({ type: DealFilter }),
          orderBy: t.arg({ type: types.orders.DealOrder }),
        },
        resolve: (contact, args, context, info) =>
          nestedConnection(
            context,
            info,
            contact.id,
            { source: deals, parent: ofContact, where: dealWhere(args.filter), order: dealOrder(args.orderBy) },
            args,
          ),
      }),
    }),
  });
  types.Company.implement({
    description: 'A company in the CRM.',
    fields: (t) => ({
      ...recordFields(t, companies),
      name: t.exposeString('name'),
      phones: t.exposeStringList('phones'),
      emails: t.exposeStringList('emails'),
      document: t.exposeString('document', { nullable: true, description: 'CNPJ or CPF, digits and letters only.' }),
      tags: t.exposeStringList('tags'),
      createdAt: t.expose('createdAt', { type: 'DateTime', nullable: true }),
      updatedAt: t.expose('updatedAt', { type: 'DateTime', nullable: true }),
      responsible: t.field({
        type: types.CrmUser,
        nullable: true,
        resolve: (company, _args, context) => linkedRow(context, crmUsers, company.responsible, company.responsibleId),
      }),
      customFields: t.field({
        type: [types.CustomFieldValues],
        resolve: (company, _args, context) => fieldValuesOf(context, company.id),
      }),
      contacts: t.field({
        type: types.connections.contacts,
        args: {
          ...offsetArgs(t.arg),
          filter: t.arg({ type: ContactFilter }),
          orderBy: t.arg({ type: types.orders.ContactOrder }),
        },
        resolve: (company, args, context, info) =>
          nestedConnection(
            context,
            info,
            company.id,
            {
              source: contacts,
              parent: byCompany,
              where: contactWhere(args.filter),
              order: contactOrder(args.orderBy),
            },
            args,
          ),
      }),
    }),
  });
}
