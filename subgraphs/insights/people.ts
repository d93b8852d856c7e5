// People that live in other subgraphs, and who they are on the other side. A reference is only an id: the gateway asks the
// owner for the rest.
import { createBuilder, type RequestContext } from '../../lib/graphql/index.ts';
import { hop, type From, type LinkKind } from './links.ts';

/** A record of another subgraph. */
export interface Reference {
  id: string;
}

const one = async (
  context: RequestContext,
  kind: LinkKind,
  from: From,
  { id }: Reference,
): Promise<Reference | null> => {
  const [other] = await hop(context, kind, from, id);
  return other === undefined ? null : { id: other };
};
const all = async (context: RequestContext, kind: LinkKind, from: From, { id }: Reference): Promise<Reference[]> =>
  (await hop(context, kind, from, id)).map((other) => ({ id: other }));

/** A builder with the four kinds of people and their fields. */
export function createPeople() {
  const builder = createBuilder<RequestContext>();
  const Salesperson = builder.objectRef<Reference>('Salesperson');
  const Client = builder.objectRef<Reference>('Client');
  const Contact = builder.objectRef<Reference>('Contact');
  const CrmUser = builder.objectRef<Reference>('CrmUser');
  for (const type of [Salesperson, Client, Contact, CrmUser]) {
    builder.asEntity(type, { key: builder.selection<Reference>('id'), resolveReference: ({ id }) => ({ id }) });
  }
  Salesperson.implement({
    fields: (t) => ({
      id: t.exposeID('id'),
      contact: t.field({
        type: Contact,
        nullable: true,
        description: 'The same person as a contact of the CRM.',
        resolve: (person, _args, context) => one(context, 'SALESPERSON_CONTACT', 'erp', person),
      }),
      crmUser: t.field({
        type: CrmUser,
        nullable: true,
        description: 'The same person as a user of the CRM.',
        resolve: (person, _args, context) => one(context, 'SALESPERSON_USER', 'erp', person),
      }),
    }),
  });
  Client.implement({
    fields: (t) => ({
      id: t.exposeID('id'),
      contact: t.field({
        type: Contact,
        nullable: true,
        description: 'The same person as a contact of the CRM.',
        resolve: (client, _args, context) => one(context, 'CLIENT_CONTACT', 'erp', client),
      }),
    }),
  });
  Contact.implement({
    fields: (t) => ({
      id: t.exposeID('id'),
      client: t.field({
        type: Client,
        nullable: true,
        description: 'The same person as a client of the ERP; of several the one with the newest purchase.',
        resolve: (contact, _args, context) => one(context, 'CLIENT_CONTACT', 'crm', contact),
      }),
      clients: t.field({
        type: [Client],
        nullable: true,
        description: 'All clients of the ERP that this contact is, the newest purchase first.',
        resolve: (contact, _args, context) => all(context, 'CLIENT_CONTACT', 'crm', contact),
      }),
      salesperson: t.field({
        type: Salesperson,
        nullable: true,
        description: 'The same person as a salesperson of the ERP.',
        resolve: (contact, _args, context) => one(context, 'SALESPERSON_CONTACT', 'crm', contact),
      }),
    }),
  });
  CrmUser.implement({
    fields: (t) => ({
      id: t.exposeID('id'),
      salesperson: t.field({
        type: Salesperson,
        nullable: true,
        description: 'The same person as a salesperson of the ERP.',
        resolve: (user, _args, context) => one(context, 'SALESPERSON_USER', 'crm', user),
      }),
    }),
  });
  return { builder, Salesperson, Client, Contact, CrmUser };
}

export type People = ReturnType<typeof createPeople>;
