// Who may see who is who. People are protected by the subgraphs that own them: a way from one to the other is open to whoever
// may see both, and the links between them.
import type { Access } from '../../lib/graphql/index.ts';

const LINKS = [['identity:read']] as const;

export const access: Access = {
  everyType: LINKS,
  foreign: ['Client', 'Salesperson', 'Contact', 'CrmUser'],
  fields: {
    'Client.contact': LINKS,
    'Salesperson.contact': LINKS,
    'Salesperson.crmUser': LINKS,
    'Contact.client': LINKS,
    'Contact.clients': LINKS,
    'Contact.salesperson': LINKS,
    'CrmUser.salesperson': LINKS,
    // They tell parts of documents, addresses and telephones that stand on both sides.
    'IdentityLink.reasons': [['erp:read', 'crm:read']],
  },
};
