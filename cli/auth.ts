// Who may call, from the configuration: keys of the database, tokens of an identity provider, or nobody has to say.
import { randomBytes } from 'node:crypto';
import { assertBindable, createAuthenticator, type Authenticator } from '../gateway/auth/index.ts';
import type { Config } from '../lib/config/index.ts';
import { ConfigError } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';
import type { Database } from '../prisma/index.ts';
import { createKeyStore } from './keys.ts';

/** A ConfigError where everybody could do everything from elsewhere: told before anything is started. */
export const assertDoor = ({ host, auth }: Config): void => assertBindable(host, { required: auth.apiKeys || auth.tokens !== null });

/** `database`: where keys are, and needed where keys are accepted. The authenticator is closed by the gateway that is given it. */
export function createAuth({ auth }: Config, database: Database | null, log: Logger): Authenticator {
  if (auth.apiKeys && database === null) throw new ConfigError(['AUTH_API_KEYS is true, and DATABASE_URL is missing: keys are in the database']);
  return createAuthenticator({
    log,
    ...(auth.apiKeys ? { keys: createKeyStore(database!, log) } : {}),
    ...(auth.tokens === null ? {} : { tokens: auth.tokens }),
  });
}

/** The secret that gateway and subgraphs share; a ConfigError that shows how to make one where there is none. */
export function requireSubgraphSecret({ subgraphSecret }: Config): string {
  if (subgraphSecret !== null) return subgraphSecret;
  const example = randomBytes(32).toString('hex');
  throw new ConfigError([
    `SUBGRAPH_SECRET is missing: a subgraph answers only to the gateway that knows it. Give the gateway and every subgraph the same one, e.g. SUBGRAPH_SECRET=${example} (made for you now; or \`openssl rand -hex 32\`)`,
  ]);
}
