// Users of the CRM (kommo.md 4.7): who is responsible for contacts and deals.
import { emailKey, nameKey, phoneKeys } from '../../../lib/brazil/index.ts';
import { recordId } from '../../../lib/ids.ts';
import type { Json, ParsedRecord, Stream, TableSpec } from '../../../sync/types.ts';
import type { KommoClient } from '../client.ts';
import { ENDPOINTS } from '../endpoints.ts';
import * as wire from '../wire.ts';
import { parseShape, wholeList } from './list.ts';
import { COMMON_COLUMNS, filled, metadataOf } from './record.ts';

const table: TableSpec = {
  name: 'kommo.crm_user',
  columns: { ...COMMON_COLUMNS, name: 'text', name_key: 'text', email: 'text', email_keys: 'text[]', phone_keys: 'text[]', active: 'bool', is_admin: 'bool' },
  key: ['id'],
  write: 'upsert',
};

export function mapUser(walletId: string, record: Json): ParsedRecord {
  const user = parseShape(wire.user, record);
  const email = filled(user.email);
  const key = emailKey(email);
  const name = filled(user.name) ?? email ?? `#${user.id}`;
  return {
    externalId: user.id,
    row: {
      id: recordId(walletId, 'crm_user', user.id),
      wallet_id: walletId,
      external_id: user.id,
      name,
      name_key: nameKey(name),
      email,
      email_keys: key === null ? [] : [key],
      phone_keys: phoneKeys(user.phone_number),
      active: user.rights?.is_active ?? true,
      is_admin: user.rights?.is_admin ?? false,
      metadata: metadataOf(record),
    },
  };
}

export const usersStream = (client: KommoClient): Stream => wholeList({ name: 'users', client, endpoint: ENDPOINTS.users, tables: [table], map: mapUser });
