// People that live in other subgraphs, and who they are on the other side. A reference is only an id: the gateway asks the
// owner for the rest.
import { createBuilder, entityOf, type RequestContext } from '../../lib/graphql/index.ts';
import { hops, type From, type LinkKind } from './links.ts';

/** A record of another subgraph. */
export interface Reference {
  id: string;
}

/** A person with the others that were found for it already, by field. */
interface Person extends Reference {
  readonly [field: string]: unknown;
}

/** A field that goes to the other side. */
interface Way {
  readonly kind: LinkKind;
  readonly from: From;
  /** True for all that are found, else the first of them. */
  readonly all?: boolean;
}

const WAYS: Readonly<Record<string, Readonly<Record<string, Way>>>> = {
  Salesperson: { contact: { kind: 'SALESPERSON_CONTACT', from: 'erp' }, crmUser: { kind: 'SALESPERSON_USER', from: 'erp' } },
  Client: { contact: { kind: 'CLIENT_CONTACT', from: 'erp' } },
  Contact: {
    client: { kind: 'CLIENT_CONTACT', from: 'crm' },
    clients: { kind: 'CLIENT_CONTACT', from: 'crm', all: true },
    salesperson: { kind: 'SALESPERSON_CONTACT', from: 'crm' },
  },
  CrmUser: { salesperson: { kind: 'SALESPERSON_USER', from: 'crm' } },
};

const referenceTo = (id: string): Reference => ({ id });
const shown = ({ all }: Way, others: readonly string[] | undefined): Reference | Reference[] | null =>
  all ? (others ?? []).map(referenceTo) : others?.[0] === undefined ? null : { id: others[0] };

/** People with what is selected of them on the other side, all in one read. */
async function readPeople(context: RequestContext, type: string, ids: readonly string[], fields: readonly string[]): Promise<Map<string, Person>> {
  const ways = Object.entries(WAYS[type]!).filter(([field]) => fields.includes(field));
  const others = await hops(context, ids.flatMap((id) => ways.map(([, { kind, from }]) => ({ kind, from, id }))));
  return new Map(
    ids.map((id) => {
      const person: Record<string, unknown> & Reference = { id };
      for (const [field, way] of ways) person[field] = shown(way, others({ kind: way.kind, from: way.from, id }));
      return [id, person];
    }),
  );
}

/** The resolver of a field of `WAYS`: at once for a person that was read with it. */
const across =
  <Others extends Reference[] | Reference | null = Reference | null>(type: string, field: string) =>
  (person: Reference, _args: object, context: RequestContext): Promise<Others> | Others => {
    if (field in person) return (person as Person)[field] as Others;
    return readPeople(context, type, [person.id], [field]).then((people) => people.get(person.id)![field] as Others);
  };

/** A builder with the four kinds of people and their fields. */
export function createPeople() {
  const builder = createBuilder<RequestContext>();
  const Salesperson = builder.objectRef<Reference>('Salesperson');
  const Client = builder.objectRef<Reference>('Client');
  const Contact = builder.objectRef<Reference>('Contact');
  const CrmUser = builder.objectRef<Reference>('CrmUser');
  for (const type of [Salesperson, Client, Contact, CrmUser]) {
    entityOf(builder, type, (ids, context, look) => readPeople(context, type.name, ids, look.fields));
  }
  Salesperson.implement({
    fields: (t) => ({
      id: t.exposeID('id'),
      contact: t.field({
        type: Contact,
        nullable: true,
        description: 'The same person as a contact of the CRM.',
        resolve: across('Salesperson', 'contact'),
      }),
      crmUser: t.field({
        type: CrmUser,
        nullable: true,
        description: 'The same person as a user of the CRM.',
        resolve: across('Salesperson', 'crmUser'),
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
        resolve: across('Client', 'contact'),
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
        resolve: across('Contact', 'client'),
      }),
      clients: t.field({
        type: [Client],
        nullable: true,
        description: 'All clients of the ERP that this contact is, the newest purchase first.',
        resolve: across<Reference[]>('Contact', 'clients'),
      }),
      salesperson: t.field({
        type: Salesperson,
        nullable: true,
        description: 'The same person as a salesperson of the ERP.',
        resolve: across('Contact', 'salesperson'),
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
        resolve: across('CrmUser', 'salesperson'),
      }),
    }),
  });
  return { builder, Salesperson, Client, Contact, CrmUser };
}

export type People = ReturnType<typeof createPeople>;
