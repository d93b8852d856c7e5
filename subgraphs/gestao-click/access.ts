// Who may see what of the ERP. Every type asks for the scope, so that no path of the graph goes around it.
import type { Access } from '../../lib/graphql/index.ts';

/** What the company has set up changes rarely; which of it a caller sees depends on the wallets. */
const DEFINITION = { maxAge: 60, scope: 'PRIVATE' } as const;

export const access: Access = {
  everyType: [['erp:read']],
  fields: { '*.metadata': [['admin']] },
  cache: {
    Store: DEFINITION,
    SaleStatus: DEFINITION,
    PaymentMethod: DEFINITION,
    BankAccount: DEFINITION,
    CostCenter: DEFINITION,
    LedgerAccount: DEFINITION,
    ExtraFieldDefinition: DEFINITION,
  },
};
