// The token of Kommo tells what it is before anything is sent, and is sent nowhere but where it belongs.
import { SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { readCredentials } from '../../connectors/kommo/credentials.ts';
import { accountHost, planHosts } from '../../connectors/kommo/hosts.ts';

const NOW = new Date('2026-11-23T12:00:00Z');
const seconds = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 1000;
const CLAIMS = {
  aud: '7d0c1a52-3b7e-4f55-9f0a-1c2d3e4f5a6b', iat: seconds('2026-01-01'), nbf: seconds('2026-01-01'), exp: seconds('2027-01-01'), sub: '10423377', grant_type: '',
  account_id: 31877001, base_domain: 'kommo.com', version: 2, scopes: ['crm', 'files'], api_domain: 'api-c.kommo.com',
};
const KEY = await crypto.subtle.generateKey({ name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, false, ['sign', 'verify']);
const sign = (claims: object): Promise<string> => new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', typ: 'JWT' }).sign(KEY.privateKey);

describe('a good token', () => {
  test('tells its account, its end and its scopes', async () => {
    const credentials = readCredentials(`  Bearer ${await sign(CLAIMS)}\n`);
    expect(credentials.problem(NOW)).toBeNull();
    expect(credentials.scopeProblem()).toBeNull();
    expect(credentials.claims).toMatchObject({ accountId: '31877001', baseDomain: 'kommo.com', apiDomain: 'api-c.kommo.com' });
    expect(credentials.facts(NOW)).toEqual({ expiresAt: '2027-01-01T00:00:00.000Z', daysLeft: 38, scopes: ['crm', 'files'], missingScopes: [] });
    expect(credentials.token).not.toMatch(/\s|Bearer/);
  });

  test('may leave out what the documents do not promise', async () => {
    const { nbf: _nbf, scopes: _scopes, base_domain: _base, api_domain: _api, ...bare } = CLAIMS;
    const credentials = readCredentials(await sign({ ...bare, account_id: '31877001', user_flags: 0 }));
    expect(credentials.problem(NOW)).toBeNull();
    expect(credentials.scopeProblem(), 'scopes that are not listed are not missing').toBeNull();
    expect(credentials.facts(NOW)).toMatchObject({ scopes: [], missingScopes: [] });
  });

  test('lacks a scope: that is told, and is FORBIDDEN, not UNAUTHORIZED', async () => {
    const credentials = readCredentials(await sign({ ...CLAIMS, scopes: ['files'] }));
    expect(credentials.problem(NOW)).toBeNull();
    expect(credentials.scopeProblem()).toMatchObject({ code: 'PROVIDER_FORBIDDEN', message: expect.stringContaining('crm') });
    expect(credentials.facts(NOW)?.missingScopes).toEqual(['crm']);
    expect(readCredentials(await sign(CLAIMS), ['crm', 'notifications']).scopeProblem()?.message).toContain('notifications');
  });
});

describe('a token that cannot be used', async () => {
  const good = await sign(CLAIMS);
  test.each<[string, string, RegExp]>([
    ['nothing', '', /no JSON Web Token/],
    ['a text', 'seu_jwt_token_longa_duracao', /no JSON Web Token/],
    ['three words', 'abc.def.ghi', /no JSON Web Token/],
    ['a cut one', good.slice(0, good.lastIndexOf('.')), /no JSON Web Token/],
    ['an empty signature', good.slice(0, good.lastIndexOf('.') + 1), /no JSON Web Token/],
    ['not signed', `${new UnsecuredJWT(CLAIMS).encode()}AAAA`, /not signed/],
    ['of a widget', await new SignJWT({ ...CLAIMS }).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode('x'.repeat(32))), /one-time token of a widget/],
    ['without an account', await sign({ ...CLAIMS, account_id: undefined }), /"account_id"/],
    ['without an end', await sign({ ...CLAIMS, exp: undefined }), /"exp"/],
    ['with an end that is no date', await sign({ ...CLAIMS, exp: 1e300 }), /"exp"/],
    ['expired', await sign({ ...CLAIMS, exp: seconds('2026-11-23') }), /expired on 2026-11-23/],
    ['not yet valid', await sign({ ...CLAIMS, nbf: seconds('2026-12-01') }), /not valid before 2026-12-01/],
  ])('%s: says so and what to do', (_, token, message) => {
    const problem = readCredentials(token).problem(NOW);
    expect(problem).toMatchObject({ code: 'PROVIDER_UNAUTHORIZED', retryable: false });
    expect(problem?.message).toMatch(message);
    expect(problem?.hint).toBeTruthy();
    if (token.length > 10) expect(JSON.stringify([problem?.message, problem?.hint, problem?.cause])).not.toContain(token.slice(0, 30));
  });

  test('the last day counts as 0, an expired one too', async () => {
    expect(readCredentials(await sign({ ...CLAIMS, exp: seconds('2026-11-24') })).facts(NOW)?.daysLeft).toBe(0);
    expect(readCredentials(await sign({ ...CLAIMS, exp: seconds('2026-11-01') })).facts(NOW)?.daysLeft).toBe(0);
    expect(readCredentials('garbage').facts(NOW)).toBeNull();
  });

  test('a clock that is a little behind does not refuse a fresh token', async () => {
    expect(readCredentials(await sign({ ...CLAIMS, nbf: NOW.getTime() / 1000 + 60 })).problem(NOW)).toBeNull();
  });
});

describe('hosts', () => {
  const claims = { accountId: '1', baseDomain: 'kommo.com', apiDomain: 'api-c.kommo.com', scopes: null, expiresAt: NOW, notBefore: null };

  test.each([
    ['https://api-c.kommo.com', 'https://api-c.kommo.com', true],
    ['https://api-c.kommo.com/', 'https://api-c.kommo.com', true],
    ['https://api-c.kommo.com/api/v4/', 'https://api-c.kommo.com', true],
    ['https://api-b.kommo.com', 'https://api-b.kommo.com', true],
    ['https://www.kommo.com', 'https://www.kommo.com', true],
    ['https://acme.kommo.com', 'https://acme.kommo.com', false],
    ['https://acme.kommo.com/api/v4', 'https://acme.kommo.com', false],
    ['http://127.0.0.1:4020', 'http://127.0.0.1:4020', false],
    ['http://localhost:4020/kommo', 'http://localhost:4020/kommo', false],
    ['https://proxy.example.com/kommo', 'https://proxy.example.com/kommo', false],
    ['https://api-c.kommo.com.evil.example', 'https://api-c.kommo.com.evil.example', false],
  ])('%s asks %s first; shared: %s', (apiUrl, configured, shared) => expect(planHosts(apiUrl, claims)).toEqual({ configured, shared }));

  test('a token that names a foreign domain is followed nowhere', () => {
    expect(planHosts('https://api-c.kommo.com', { ...claims, baseDomain: 'evil.example' }).shared).toBe(false);
    expect(accountHost({ subdomain: 'acme', domain: 'acme.evil.example' }, { baseDomain: 'evil.example' })).toBeNull();
  });

  test.each([
    [{ domain: 'acme.kommo.com' }, 'acme.kommo.com'],
    [{ domain: 'https://acme.kommo.com/' }, 'acme.kommo.com'],
    [{ domain: 'ACME.kommo.com', subdomain: 'other' }, 'acme.kommo.com'],
    [{ subdomain: 'acme' }, 'acme.kommo.com'],
    [{ domain: 'acme.amocrm.ru', subdomain: 'acme' }, 'acme.kommo.com'],
    [{ domain: 'evil.example' }, null],
    [{ domain: 'acme.kommo.com.evil.example' }, null],
    [{ domain: 'evil.example/.kommo.com' }, null],
    [{ domain: 'user@evil.example#.kommo.com' }, null],
    [{ subdomain: 'evil.example/' }, null],
    [{ subdomain: '' }, null],
    [{ domain: null, subdomain: null }, null],
  ])('%j leads to %s', (told, host) => expect(accountHost(told, claims)).toBe(host));
});
