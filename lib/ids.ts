// Deterministic ids: the same provider record has the same id in every database and after every re-import,
// so an upsert needs no look-up and a reference can be written before its target has arrived.
import { v5 as uuidv5, validate } from 'uuid';

/** Root of all ids of Ponte; never change it. */
const NAMESPACE = '0f3d0f0e-6a43-5b0e-9a53-7c1f4d5b2a10';

/** Id of a wallet (one connected provider account). `accountKey`: Kommo's account id; Gestão Click's lowest store id. */
export const walletId = (provider: string, accountKey: string): string => uuidv5(`wallet:${provider}:${accountKey}`, NAMESPACE);

/** Id of the workspace that groups the wallets of one company. */
export const workspaceId = (name: string): string => uuidv5(`workspace:${name}`, NAMESPACE);

/** Id of a synchronised record: `type` is the row's kind (`sale`, `contact` ...), `externalId` the provider's own id. */
export const recordId = (wallet: string, type: string, externalId: string | number): string => uuidv5(`${type}:${externalId}`, wallet);

/** Id of something between two records (an identity link). */
export const pairId = (kind: string, left: string, right: string): string => uuidv5(`${kind}:${left}:${right}`, NAMESPACE);

/** False for a text that no id of ours can be: such an id is simply not found, and must not reach SQL as a uuid. */
export const isId = (text: string): boolean => validate(text);
