// Which host is asked. Every account answers on its own subdomain; the shared host of the configuration is only asked for
// it (kommo.md 1.1: some accounts get 401 on the shared host, and the subdomain can change). The token is sent to no host but
// the configured one and those under the domain that the token itself names.
import type { Claims } from './credentials.ts';

/** Domains under which Kommo's accounts live; a token that names another one is not followed there. */
const BASE_DOMAINS: readonly string[] = ['kommo.com', 'amocrm.com', 'amocrm.ru'];
const DEFAULT_BASE_DOMAIN = 'kommo.com';
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);

export interface HostPlan {
  /** Origin (and prefix, without `/api/v4`) of the configured API. */
  readonly configured: string;
  /** True where the account's own host has to be found first. */
  readonly shared: boolean;
}

/** The domain of accounts that the token belongs to; null where it names one that is not Kommo's. */
export function baseDomainOf(claims: Pick<Claims, 'baseDomain'>): string | null {
  const domain = claims.baseDomain ?? DEFAULT_BASE_DOMAIN;
  return BASE_DOMAINS.includes(domain) ? domain : null;
}

/** Reads the configured address. A shared host is `api-*`, `api` or `www` under the base domain, or the token's `api_domain`. */
export function planHosts(apiUrl: string, claims: Claims | null): HostPlan {
  const url = new URL(apiUrl);
  const path = url.pathname.replace(/\/+$/, '').replace(/\/api\/v4$/, '');
  const configured = `${url.origin}${path}`;
  const base = claims ? baseDomainOf(claims) : null;
  if (base === null || isLoopback(url.hostname) || !url.hostname.endsWith(`.${base}`)) return { configured, shared: false };
  const label = url.hostname.slice(0, -base.length - 1);
  return { configured, shared: /^(?:api(?:-[a-z0-9]+)?|www)$/.test(label) || url.hostname === claims?.apiDomain };
}

/** The account's own host, from what Kommo says about it: `acme.kommo.com`; null where that is no host under the token's domain. */
export function accountHost(told: { readonly domain?: string | null | undefined; readonly subdomain?: string | null | undefined }, claims: Pick<Claims, 'baseDomain'>): string | null {
  const base = baseDomainOf(claims);
  if (base === null) return null;
  const labelOf = (host: string): string | null => (host.endsWith(`.${base}`) ? host.slice(0, -base.length - 1) : null);
  const named = told.domain?.toLowerCase().replace(/^https:\/\//, '').replace(/\/$/, '');
  const label = (named ? labelOf(named) : null) ?? told.subdomain?.toLowerCase() ?? null;
  return label !== null && LABEL.test(label) ? `${label}.${base}` : null;
}
