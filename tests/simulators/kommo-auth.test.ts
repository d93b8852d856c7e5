// Tokens and discovery of the Kommo simulator.
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { startKommoSimulator } from '../../simulators/kommo/index.ts';
import { smallWorld, useKommo } from './kommo-client.ts';

const kommo = useKommo();
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const account = async (token: string): Promise<{ status: number; json: unknown }> =>
  kommo.send('GET', '/account', undefined, bearer(token));

describe('long-lived tokens', () => {
  it('carry exactly the documented claims', async () => {
    const token = await kommo.sim.token({ expiresInDays: 90 });
    const header = decodeProtectedHeader(token);
    const claims = decodeJwt(token);
    expect(header).toEqual({ typ: 'JWT', alg: 'RS256', jti: claims.jti });
    expect(claims.jti).toMatch(/^[0-9a-f]{80}$/);
    expect(Object.keys(claims).sort()).toEqual([
      'account_id',
      'api_domain',
      'aud',
      'base_domain',
      'exp',
      'grant_type',
      'hash_uuid',
      'iat',
      'jti',
      'nbf',
      'scopes',
      'sub',
      'version',
    ]);
    expect(claims).toMatchObject({
      grant_type: '',
      base_domain: 'kommo.com',
      version: 2,
      account_id: kommo.sim.accountId,
      api_domain: 'api-c.kommo.com',
    });
    expect(claims.sub).toBe(String(kommo.sim.crm.manager.id));
    expect(claims.iat).toBe(claims.nbf);
    expect(Number(claims.exp) % 86_400).toBe(0);
    expect(claims['scopes']).toEqual(['crm', 'files', 'files_delete', 'notifications', 'push_notifications']);
  });

  it.each([
    ['expired', { expiresInDays: -1 }],
    ['not yet valid', { notBefore: new Date(Date.now() + 3_600_000) }],
    ['of another account', { accountId: 1 }],
  ])('%s are answered with the documented 401', async (_, options) => {
    const answer = await account(await kommo.sim.token(options));
    expect(answer.status).toBe(401);
    expect(answer.json).toEqual({
      title: 'Unauthorized',
      type: 'https://httpstatus.es/401',
      status: 401,
      detail: 'Invalid user name or password',
    });
  });

  it('of another key, cut short, or absent are refused', async () => {
    const other = await startKommoSimulator({ world: smallWorld() });
    try {
      expect((await account(await other.token())).status).toBe(401);
    } finally {
      await other.close();
    }
    expect((await account((await kommo.sim.token()).slice(0, -4))).status).toBe(401);
    expect((await kommo.send('GET', '/account', undefined, { authorization: '' })).status).toBe(401);
  });

  it('outlive the process where the key is kept', async () => {
    const token = await kommo.sim.token();
    const next = await startKommoSimulator({ world: smallWorld(), signingKey: await kommo.sim.signingKey() });
    try {
      const answer = await fetch(`${next.url}/api/v4/account`, { headers: bearer(token) });
      expect(answer.status).toBe(200);
    } finally {
      await next.close();
    }
  });

  it('without the crm scope are answered with 403 JSON', async () => {
    const answer = await kommo.send(
      'GET',
      '/contacts',
      undefined,
      bearer(await kommo.sim.token({ scopes: ['files'] })),
    );
    expect(answer.status).toBe(403);
    expect(answer.type).toBe('application/problem+json');
    expect(answer.json.detail).toBe("Client doesn't have the required scope");
  });

  it('are dead once revoked', async () => {
    const token = await kommo.sim.token();
    expect((await account(token)).status).toBe(200);
    kommo.sim.revoke(token);
    expect((await account(token)).status).toBe(401);
  });

  it('of an administrator may act as another active user only', async () => {
    const seller = kommo.sim.crm.users.find((user) => user.is_active && !user.is_admin);
    const former = kommo.sim.crm.users.find((user) => !user.is_active);
    const as = (id: number | undefined): ReturnType<typeof kommo.send> =>
      kommo.send('GET', '/account', undefined, { 'x-context-user-id': String(id) });
    expect((await as(seller?.id)).json.current_user_id).toBe(seller?.id);
    expect((await as(former?.id)).status).toBe(401);
  });
});

describe('the account and its host', () => {
  it('answers what was asked for with `with`', async () => {
    const plain = await kommo.get('/account');
    expect(plain.json).toMatchObject({
      id: kommo.sim.accountId,
      subdomain: kommo.sim.subdomain,
      currency: 'BRL',
      country: 'BR',
    });
    expect(plain.json).not.toHaveProperty('_embedded');
    const rich = await kommo.get('/account?with=amojo_id,version,drive_url,users_groups,task_types,datetime_settings');
    expect(rich.json).toMatchObject({ version: 14, drive_url: 'https://drive-c.kommo.com' });
    expect(Object.keys(rich.json._embedded)).toEqual(['users_groups', 'task_types', 'datetime_settings']);
  });

  it('is discovered by either kind of token, as an address that can be called', async () => {
    const token = await kommo.sim.token();
    const host = new URL(kommo.sim.url).host;
    const expected = { id: kommo.sim.accountId, subdomain: kommo.sim.subdomain, domain: host, top_level_domain: '' };
    const byBearer = await kommo.send('GET', `${kommo.sim.url}/oauth2/account/subdomain`);
    const byRefresh = await kommo.send('GET', `${kommo.sim.url}/oauth2/account/current/subdomain`, undefined, {
      authorization: '',
      'x-refresh-token': token,
    });
    expect(byBearer.json).toEqual(expected);
    expect(byRefresh.json).toEqual(expected);
    kommo.sim.switches.discoveryDomain = 'documented';
    const documented = await kommo.send('GET', `${kommo.sim.url}/oauth2/account/subdomain`);
    kommo.sim.switches.discoveryDomain = 'loopback';
    expect(documented.json.domain).toBe(`${kommo.sim.subdomain}.kommo.com`);
  });

  it('refuses on the shared host while that switch is on', async () => {
    const shared = kommo.sim.url.replace('127.0.0.1', 'localhost');
    expect((await kommo.send('GET', `${shared}/api/v4/account`)).status).toBe(200);
    kommo.sim.switches.sharedHost = 'unauthorized';
    const answers = [await kommo.send('GET', `${shared}/api/v4/account`), await kommo.get('/account')];
    kommo.sim.switches.sharedHost = 'serves';
    expect(answers.map(({ status }) => status)).toEqual([401, 200]);
  });

  it('lists users to administrators only', async () => {
    const seller = kommo.sim.crm.users.find((user) => user.is_active && !user.is_admin);
    expect((await kommo.get('/users')).json._total_items).toBe(kommo.sim.crm.users.length);
    expect(
      (await kommo.send('GET', '/users', undefined, bearer(await kommo.sim.token({ userId: seller?.id ?? 0 })))).status,
    ).toBe(403);
  });
});
