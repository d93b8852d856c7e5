// A key of the API as text: `ponte_<prefix>_<secret>`. The prefix tells keys apart for people; the secret is 256 random bits, so a
// plain sha256 of the text cannot be guessed backwards, and is all that is kept.
import { hash, randomBytes } from 'node:crypto';

const PREFIX_BYTES = 4;
const SECRET_BYTES = 32;
const KEY = /^ponte_([0-9a-f]{8})_[A-Za-z0-9_-]{43}$/;

export interface NewKey {
  /** To be shown once, and kept nowhere. */
  readonly text: string;
  /** `ponte_1a2b3c4d` */
  readonly prefix: string;
  /** sha256 of the text, 32 bytes. */
  readonly hash: Buffer;
}

/** In hexadecimal. */
export const hexHashKey = (text: string): string => hash('sha256', text, 'hex');
export const hashKey = (text: string): Buffer => Buffer.from(hexHashKey(text), 'hex');

/** True for what has the form of a key; everything else needs no look-up to be refused. */
export const isKeyText = (text: string): boolean => KEY.test(text);

export function makeKey(): NewKey {
  const prefix = `ponte_${randomBytes(PREFIX_BYTES).toString('hex')}`;
  const text = `${prefix}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  return { text, prefix, hash: hashKey(text) };
}
