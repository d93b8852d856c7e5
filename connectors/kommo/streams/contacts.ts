// Contacts (kommo.md 4.1). Phones and e-mails exist only as custom fields with the codes PHONE and EMAIL; all values are
// kept, and the keys by which people are matched with the ERP are taken from them.
import { documentDisplay, emailKey, nameKey, phoneKeys, searchText } from '../../../lib/brazil/index.ts';
import { recordId } from '../../../lib/ids.ts';
import type { Json, ParsedRecord, Stream, TableSpec } from '../../../sync/types.ts';
import type { KommoClient } from '../client.ts';
import { ENDPOINTS } from '../endpoints.ts';
import * as wire from '../wire.ts';
import { cardStream, companyOf, entriesOf, tagsOf } from './cards.ts';
import { documentsOf } from './documents.ts';
import { fieldValueRows, fieldValueTable, shownPhone, textsOf } from './field-values.ts';
import { parseShape, ShapeError } from './list.ts';
import { clip, COMMON_COLUMNS, filled, instant, metadataOf, reference } from './record.ts';

const table: TableSpec = {
  name: 'kommo.contact',
  columns: {
    ...COMMON_COLUMNS,
    name: 'text',
    name_key: 'text',
    first_name: 'text',
    last_name: 'text',
    responsible_id: 'uuid',
    company_id: 'uuid',
    phones: 'text[]',
    phone_keys: 'text[]',
    emails: 'text[]',
    email_keys: 'text[]',
    document_keys: 'text[]',
    tags: 'text[]',
    source_created_at: 'timestamptz',
    source_updated_at: 'timestamptz',
    search_text: 'text',
  },
  key: ['id'],
  write: 'upsert',
  recordType: 'CONTACT',
};

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

/** Instants that every contact and deal has; where one is missing the other stands for it. Throws ShapeError without both. */
export function instantsOf(card: { readonly created_at?: number | null | undefined; readonly updated_at?: number | null | undefined }): { created: string; updated: string } {
  const created = instant(card.created_at) ?? instant(card.updated_at);
  const updated = instant(card.updated_at) ?? created;
  if (created === null || updated === null) throw new ShapeError('updated_at: expected unix seconds');
  return { created, updated };
}

export function mapContact(walletId: string, record: Json): ParsedRecord {
  const contact = parseShape(wire.contact, record);
  const { created, updated } = instantsOf(contact);
  const id = recordId(walletId, 'contact', contact.id);
  const entries = entriesOf(contact);
  const [typedPhones, emails] = [textsOf(entries, 'PHONE'), unique(textsOf(entries, 'EMAIL'))];
  const phones = unique(typedPhones.map(shownPhone));
  const documents = documentsOf(entries);
  const [first, last] = [filled(contact.first_name), filled(contact.last_name)];
  const both = [first, last].filter((part) => part !== null).join(' ');
  const name = clip(filled(contact.name) ?? filled(both) ?? phones[0] ?? emails[0] ?? `#${contact.id}`);
  return {
    externalId: contact.id,
    row: {
      id,
      wallet_id: walletId,
      external_id: contact.id,
      name,
      name_key: nameKey(name),
      first_name: first,
      last_name: last,
      responsible_id: reference(walletId, 'crm_user', contact.responsible_user_id),
      company_id: reference(walletId, 'company', companyOf(contact)),
      phones,
      phone_keys: unique(typedPhones.flatMap(phoneKeys)),
      emails,
      email_keys: emailKeysOf(emails),
      document_keys: documents,
      tags: tagsOf(contact),
      source_created_at: created,
      source_updated_at: updated,
      search_text: searchText(name, documents.map(documentDisplay), emails, phones),
      metadata: metadataOf(record),
    },
    others: { [fieldValueTable.name]: fieldValueRows(walletId, 'CONTACT', id, entries) },
  };
}

/** Keys of e-mails; what is longer than an address may be (254) is none, and would not fit an index. */
export const emailKeysOf = (emails: readonly string[]): string[] =>
  unique(emails.map(emailKey).filter((key): key is string => key !== null && key.length <= 254));

export const contactsStream = (client: KommoClient): Stream =>
  cardStream({ name: 'contacts', after: ['users', 'custom_fields', 'tags'], client, endpoint: ENDPOINTS.contacts, tables: [table, fieldValueTable], map: mapContact });
