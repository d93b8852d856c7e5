// `loja_id` and `usuario_id` of a write, in the query or the body; head office and master user by default (gestao-click.md 1).
import type { Account } from '../state.ts';
import type { Query } from '../tables/index.ts';
import { textOf } from '../wire.ts';
import type { Row } from '../wire.ts';

export interface WriteScope {
  storeId: string;
  storeName: string;
  userId: string;
  userName: string;
}

export function scopeOf(account: Account, body: Row, query: Query): WriteScope {
  const storeId = textOf(body['loja_id']) || query.get('loja_id') || (account.world.stores[0]?.id ?? '');
  const store = account.need('lojas', storeId, 'loja_id').row;
  const userId = textOf(body['usuario_id']) || query.get('usuario_id') || '131001';
  const user = account.need('usuarios', userId, 'usuario_id').row;
  return { storeId, storeName: textOf(store['nome']), userId, userName: textOf(user['nome']) };
}
