// Clients and salespeople, and the extra fields (atributos) that hang on clients and sales.
import { defineSource, snakeColumns, type ToMany } from '../../../lib/graphql/index.ts';
import type { NamedRow } from './catalogs.ts';

export interface ClientRow extends NamedRow {
  tradeName: string | null;
  kind: 'PERSON' | 'COMPANY' | 'FOREIGNER';
  document: string | null;
  email: string | null;
  phones: string[];
  active: boolean;
  city: string | null;
  state: string | null;
  createdAt: string | null;
  updatedAt: string | null;
}
export const client = defineSource<ClientRow>({
  table: 'gestao_click.client',
  columns: {
    ...snakeColumns(
      'id',
      'walletId',
      'externalId',
      'syncedAt',
      'name',
      'tradeName',
      'kind',
      'document',
      'email',
      'phones',
      'active',
      'city',
      'state',
    ),
    createdAt: 'source_created_at',
    updatedAt: 'source_updated_at',
  },
  toMany: { customFields: extraFieldsOf('CLIENT') },
});

export interface SalespersonRow extends NamedRow {
  source: 'USER' | 'EMPLOYEE' | 'SALE';
  email: string | null;
  phones: string[];
  document: string | null;
  active: boolean;
}
export const salesperson = defineSource<SalespersonRow>({
  table: 'gestao_click.salesperson',
  columns: snakeColumns(
    'id',
    'walletId',
    'externalId',
    'syncedAt',
    'name',
    'source',
    'email',
    'phones',
    'document',
    'active',
  ),
});

export interface ExtraFieldRow {
  walletId: string;
  position: number;
  definitionId: string | null;
  name: string;
  type: string | null;
  text: string | null;
}
export const extraField = defineSource<ExtraFieldRow>({
  table: 'gestao_click.attribute_value',
  columns: snakeColumns('walletId', 'position', 'definitionId', 'name', 'type', 'text'),
  always: ['position'],
  hasMetadata: false,
});

/** The extra fields of one record, in the order of the ERP. */
export function extraFieldsOf(owner: 'CLIENT' | 'SALE'): ToMany {
  return { source: () => extraField, parent: 'owner_id', where: `t.owner_type = '${owner}'`, orderBy: ['position'] };
}

export interface ExtraFieldDefinitionRow extends NamedRow {
  ownerType: string;
  type: string;
  options: string[];
}
export const extraFieldDefinition = defineSource<ExtraFieldDefinitionRow>({
  table: 'gestao_click.attribute_definition',
  columns: snakeColumns('id', 'walletId', 'externalId', 'syncedAt', 'name', 'ownerType', 'type', 'options'),
});
