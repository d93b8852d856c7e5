// Values of extra fields on clients and sales (gestao-click.md 5.7): one row for each, in the order of the record.
import type { Row } from '../../../sync/types.ts';
import type { AttributeWire } from '../wire.ts';
import { referenceTo } from './references.ts';

/** Rows of gestao_click.attribute_value for one owner. Positions start at 1. */
export const attributeRows = (
  walletId: string,
  ownerType: 'CLIENT' | 'SALE',
  ownerId: string,
  values: readonly AttributeWire[],
): Row[] =>
  values.map((value, index) => ({
    owner_id: ownerId,
    position: index + 1,
    wallet_id: walletId,
    owner_type: ownerType,
    definition_id: referenceTo(walletId, ownerType === 'CLIENT' ? 'client_attribute' : 'sale_attribute', value.atributo_id),
    name: value.descricao ?? value.atributo_id ?? '',
    type: value.tipo,
    text: value.conteudo,
  }));
