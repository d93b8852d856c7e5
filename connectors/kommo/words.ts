// What can go wrong with Kommo, and what its users can do about it, in their own words.
import { createProviderErrors } from '../../lib/http/index.ts';

const NEW_TOKEN =
  'Generate a new long-lived token in Kommo (Settings > Integrations > your private integration > Keys and scopes) and put it into KOMMO_JWT_TOKEN.';

export const kommoErrors = createProviderErrors({
  name: 'Kommo',
  hints: {
    PROVIDER_UNAUTHORIZED: `${NEW_TOKEN} If the token is fresh, set KOMMO_API_URL to your account's own address (https://your-account.kommo.com).`,
    PROVIDER_FORBIDDEN: 'Give the integration the scope "crm" in its tab "Keys and scopes", as an administrator, and generate a new token.',
    PROVIDER_PAYMENT_REQUIRED: 'Renew the subscription of the Kommo account; the API answers again as soon as it is paid.',
    PROVIDER_RATE_LIMITED: 'Wait some minutes: Kommo allows 7 requests a second, shared with other integrations of this address and account.',
    PROVIDER_BLOCKED:
      'Kommo shows a block page instead of its API, usually after too many requests. Stop all integrations on this address for 15 minutes; if it stays so, ask Kommo support to lift the block.',
    PROVIDER_TIMEOUT: 'Raise KOMMO_TIMEOUT (or TIMEOUT), or try again when Kommo is less busy.',
    PROVIDER_UNAVAILABLE: 'Try again in some minutes; if it stays so, check KOMMO_API_URL and the network.',
    PROVIDER_UNEXPECTED_RESPONSE: "Try again; if it stays so, set KOMMO_API_URL to https://api-c.kommo.com or to your account's own address.",
  },
});

export { NEW_TOKEN };
