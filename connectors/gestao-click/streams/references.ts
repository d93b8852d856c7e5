// Ids of rows, made from the provider's ids (lib/ids.ts): the same in every stream that names them.
import { nameKey } from '../../../lib/brazil/index.ts';
import { recordId } from '../../../lib/ids.ts';
import type { Row } from '../../../sync/types.ts';

/** Kinds of records of this provider, as they go into their ids. */
export type RecordKind =
  | 'store'
  | 'erp_user'
  | 'employee'
  | 'salesperson'
  | 'sale_status'
  | 'payment_method'
  | 'bank_account'
  | 'ledger_account'
  | 'cost_center'
  | 'product'
  | 'service'
  | 'client'
  | 'sale'
  | 'quote'
  | 'receivable'
  | 'payable'
  | 'instalment'
  | 'client_attribute'
  | 'sale_attribute';

export const idOf = (walletId: string, kind: RecordKind, externalId: string): string => recordId(walletId, kind, externalId);

/** Id of a record that another one names; null where it names none. */
export const referenceTo = (walletId: string, kind: RecordKind, externalId: string | null): string | null =>
  externalId === null ? null : idOf(walletId, kind, externalId);

/** Columns of the salesperson of a sale or quote: by id, else by name (the id can be missing where a name stands, 5.2). */
export function salespersonColumns(walletId: string, externalId: string | null, name: string | null): Row {
  const key = nameKey(name);
  const identity = externalId ?? (key === '' ? null : `name:${key}`);
  return {
    salesperson_id: referenceTo(walletId, 'salesperson', identity),
    salesperson_external_id: externalId,
    salesperson_name: name,
  };
}

/** A document number as a number, for ordering; 0 where it is none or too long for one. */
export const numberValue = (number: string): string => (/^\d{1,18}$/.test(number) ? String(BigInt(number)) : '0');
