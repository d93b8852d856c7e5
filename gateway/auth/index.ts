// The door of gateway/auth: who asks, what they may see, and where the server may be reached.
export { createAuthenticator, type AuthCaller, type Authenticator, type AuthOptions } from './authenticator.ts';
export { isLoopback } from '../../lib/loopback.ts';
export { assertBindable, createHostRule, type HostRule } from './hosts.ts';
export type { ApiKey, KeyStore } from './key-store.ts';
export { hashKey, isKeyText, makeKey, type NewKey } from './key-text.ts';
export { ANONYMOUS, meets, refusedFields, requirementKey, requirementsOf, streamRefusal, withoutRefused, type RefusedFields, type Requirements } from './refused.ts';
export { SCOPES, type Scope } from '../principal.ts';
export type { TokenOptions } from './tokens.ts';
