// The pair of tokens and what its owner is told about them. Tokens are made in the ERP, do not expire, and need the API
// add-on of the plan (gestao-click.md 1).
import { ConfigError } from '../../lib/errors.ts';
import { createProviderErrors, type ProviderErrors } from '../../lib/http/index.ts';

export interface Credentials {
  readonly accessToken: string;
  readonly secretToken: string;
}

/** Headers of every request. Throws ConfigError for a token that no header can carry (a line break pasted with it). */
export function credentialHeaders({ accessToken, secretToken }: Credentials): Record<string, string> {
  const problems = Object.entries({ GESTAO_CLICK_API_KEY: accessToken, GESTAO_CLICK_SECRET_TOKEN: secretToken })
    .filter(([, value]) => !/^[\x21-\x7e]+$/.test(value))
    .map(([name]) => `${name} is empty or holds spaces, line breaks or accents: paste the token alone`);
  if (problems.length > 0) throw new ConfigError(problems);
  return { 'access-token': accessToken, 'secret-access-token': secretToken };
}

/** The words for all that can go wrong with Gestão Click. */
export const gestaoClickErrors: ProviderErrors = createProviderErrors({
  name: 'Gestão Click',
  hints: {
    PROVIDER_UNAUTHORIZED:
      'Generate the tokens again in Gestão Click (Configurações, Meus aplicativos, API) and set GESTAO_CLICK_API_KEY and GESTAO_CLICK_SECRET_TOKEN.',
    PROVIDER_FORBIDDEN: 'In Gestão Click, give the user of the tokens permission for this data and for every store.',
    PROVIDER_PAYMENT_REQUIRED: 'Check the subscription in Gestão Click: it is unpaid, or the plan does not include the API.',
    PROVIDER_RATE_LIMITED: 'Wait a little: 3 requests a second and 30,000 a day are shared by all integrations of the company.',
    PROVIDER_BLOCKED: 'Something in front of the API refuses this address: wait some minutes, then ask Gestão Click’s support.',
    PROVIDER_TIMEOUT: 'Raise GESTAO_CLICK_TIMEOUT (or TIMEOUT, in ms), or try again at a quieter hour.',
    PROVIDER_UNAVAILABLE: 'Try again in some minutes; if it stays so, check GESTAO_CLICK_API_URL and the network.',
    PROVIDER_UNEXPECTED_RESPONSE: 'Check that GESTAO_CLICK_API_URL is https://api.beteltecnologia.com or https://api.gestaoclick.com, and try again.',
  },
});
