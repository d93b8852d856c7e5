// Companies (kommo.md 4.6): the same shape as contacts, without first and last name.
import { recordId } from '../../../lib/ids.ts';
import type { Json, ParsedRecord, Stream, TableSpec } from '../../../sync/types.ts';
import type { KommoClient } from '../client.ts';
import { ENDPOINTS } from '../endpoints.ts';
import * as wire from '../wire.ts';
import { cardStream, entriesOf, tagsOf } from './cards.ts';
import { documentsOf } from './documents.ts';
import { fieldValueRows, fieldValueTable, shownPhone, textsOf } from './field-values.ts';
import { parseShape } from './list.ts';
import { clip, COMMON_COLUMNS, filled, instant, metadataOf, reference } from './record.ts';

const table: TableSpec = {
  name: 'kommo.company',
  columns: {
    ...COMMON_COLUMNS,
    name: 'text',
    responsible_id: 'uuid',
    phones: 'text[]',
    emails: 'text[]',
    document: 'text',
    tags: 'text[]',
    source_created_at: 'timestamptz',
    source_updated_at: 'timestamptz',
  },
  key: ['id'],
  write: 'upsert',
  recordType: 'COMPANY',
};

export function mapCompany(walletId: string, record: Json): ParsedRecord {
  const company = parseShape(wire.company, record);
  const id = recordId(walletId, 'company', company.id);
  const entries = entriesOf(company);
  const phones = [...new Set(textsOf(entries, 'PHONE').map(shownPhone))];
  const emails = [...new Set(textsOf(entries, 'EMAIL'))];
  return {
    externalId: company.id,
    row: {
      id,
      wallet_id: walletId,
      external_id: company.id,
      name: clip(filled(company.name) ?? phones[0] ?? emails[0] ?? `#${company.id}`),
      responsible_id: reference(walletId, 'crm_user', company.responsible_user_id),
      phones,
      emails,
      document: documentsOf(entries)[0] ?? null,
      tags: tagsOf(company),
      source_created_at: instant(company.created_at),
      source_updated_at: instant(company.updated_at),
      metadata: metadataOf(record),
    },
    others: { [fieldValueTable.name]: fieldValueRows(walletId, 'COMPANY', id, entries) },
  };
}

export const companiesStream = (client: KommoClient): Stream =>
  cardStream({ name: 'companies', after: ['users', 'custom_fields', 'tags'], client, endpoint: ENDPOINTS.companies, tables: [table, fieldValueTable], map: mapCompany });
