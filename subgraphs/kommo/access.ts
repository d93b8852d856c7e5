// Who may see what of the CRM. Every type asks for the scope, so that no path of the graph goes around it.
import type { Access } from '../../lib/graphql/index.ts';

/** What an account is set up with changes rarely; which of it a caller sees depends on the wallets. */
const DEFINITION = { maxAge: 60, scope: 'PRIVATE' } as const;

export const access: Access = {
  everyType: [['crm:read']],
  fields: { '*.metadata': [['admin']] },
  cache: {
    Pipeline: DEFINITION,
    Stage: DEFINITION,
    LossReason: DEFINITION,
    Tag: DEFINITION,
    CustomField: DEFINITION,
    CustomFieldOption: DEFINITION,
  },
};
