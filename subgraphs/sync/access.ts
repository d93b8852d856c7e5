// Who may see and move synchronisations. Records behind a change keep the scope of their own type.
import type { Access } from '../../lib/graphql/index.ts';

const READ = [['sync:read']] as const;
const WRITE = [['sync:write']] as const;
/** Who starts a run may see that run, and who sets a schedule that schedule; lists of them are for readers. */
const EITHER = [['sync:read'], ['sync:write']] as const;
const ADMIN = [['admin']] as const;

export const access: Access = {
  everyType: READ,
  foreign: ['Sale', 'Client', 'Payment', 'Contact', 'Deal'],
  types: {
    SyncRun: EITHER,
    SyncProgress: EITHER,
    SyncStream: EITHER,
    SyncError: EITHER,
    SyncSchedule: EITHER,
    TokenFacts: EITHER,
    StartSyncPayload: WRITE,
    AutoImportPayload: WRITE,
    // Answers of mutations, which say themselves who may ask.
    ReplayPayload: 'known',
    ConnectionTest: 'known',
    ConnectionSample: 'known',
    ProviderAccount: 'known',
  },
  fields: {
    'Query.*': READ,
    'Mutation.*': WRITE,
    'Subscription.*': READ,
    // Names of the provider's own records; which provider it is shows only when it is asked.
    'ConnectionSample.names': [['erp:read', 'crm:read']],
    '*.metadata': ADMIN,
    'DeadLetter.payload': ADMIN,
  },
};
