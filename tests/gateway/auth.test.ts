// Keys and tokens: who is let in, who is turned away and why, and how what a credential opened ends with it.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createAuthenticator, hashKey, isKeyText, makeKey, type ApiKey, type Authenticator, type AuthOptions, type KeyStore } from '../../gateway/auth/index.ts';
import { OPEN } from '../../gateway/principal.ts';
import { silentLogger } from '../../lib/log.ts';

const WALLET = '0b4a4f0e-6f0c-5d3c-8f4e-2f6a0c1d9e11';
const open: Authenticator[] = [];
const create = (options: Omit<AuthOptions, 'log'>): Authenticator => {
  const made = createAuthenticator({ log: silentLogger, ...options });
  open.push(made);
  return made;
};
afterEach(async () => {
  vi.useRealTimers();
  for (const made of open.splice(0)) await made.close();
});
const refusal = (error: Promise<unknown>) => error.then(() => undefined, ({ code, message, hint }: { code: string; message: string; hint?: string }) => ({ code, message, hint }));

/** Keys in memory, with what the gateway asked of them. */
class Keys implements KeyStore {
  readonly rows = new Map<string, ApiKey>();
  readonly uses: string[] = [];
  asked = 0;
  broken = false;
  onChange: (id: string | null) => void = () => undefined;
  /** Held back until it is called, where the test wants a slow store. */
  hold: Promise<void> | undefined;

  add(more: Partial<ApiKey> = {}): { text: string; id: string } {
    const { text, hash } = makeKey();
    const id = more.id ?? `key-${this.rows.size}`;
    this.rows.set(id, { id, name: 'test', hash, scopes: ['erp:read'], wallets: 'all', expiresAt: null, revokedAt: null, ...more });
    return { text, id };
  }

  change(id: string, more: Partial<ApiKey>): void {
    this.rows.set(id, { ...this.rows.get(id)!, ...more });
    this.onChange(id);
  }

  async find(hash: Uint8Array): Promise<ApiKey | null> {
    this.asked++;
    if (this.broken) throw new Error('connect ECONNREFUSED postgresql://ponte:hunter2@db');
    const found = [...this.rows.values()].find((row) => Buffer.from(row.hash).equals(hash)) ?? null;
    await this.hold;
    return found;
  }

  changes(signal: AbortSignal, onChange: (id: string | null) => void): Promise<void> {
    this.onChange = onChange;
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  async used(id: string): Promise<void> {
    this.uses.push(id);
  }
}
const bearer = (text: string, remoteAddress = '10.0.0.1') => ({ headers: { authorization: `Bearer ${text}` }, remoteAddress });

describe('a server without authentication', () => {
  test('takes everybody as the one who may do everything, whatever is sent', async () => {
    const auth = create({});
    expect(auth.required).toBe(false);
    expect(await auth.authenticate({ headers: {} })).toBe(OPEN);
    expect(await auth.authenticate(bearer('nonsense'))).toBe(OPEN);
  });
});

describe('keys', () => {
  test('a key has 256 random bits, and its hash does not hold it', () => {
    const [one, two] = [makeKey(), makeKey()];
    expect(one.text).toMatch(/^ponte_[0-9a-f]{8}_[\w-]{43}$/);
    expect(one.text.startsWith(`${one.prefix}_`)).toBe(true);
    expect(one.text).not.toBe(two.text);
    expect(isKeyText(one.text)).toBe(true);
    expect(isKeyText(`${one.text}x`)).toBe(false);
    expect(one.hash).toEqual(hashKey(one.text));
    expect(one.hash.toString('latin1')).not.toContain(one.text.slice(15));
  });

  test.each([
    ['Authorization', (key: string) => ({ headers: { authorization: `Bearer ${key}` } })],
    ['a bearer in small letters', (key: string) => ({ headers: { authorization: `bearer  ${key} ` } })],
    ['x-api-key', (key: string) => ({ headers: { 'x-api-key': key } })],
    ['both, the same', (key: string) => ({ headers: { authorization: `Bearer ${key}`, 'x-api-key': key } })],
    ['x-api-key behind a proxy with a password', (key: string) => ({ headers: { authorization: 'Basic dXNlcjpwYXNz', 'x-api-key': key } })],
    ['connectionParams.authorization', (key: string) => ({ headers: {}, connectionParams: { authorization: `Bearer ${key}` } })],
    ['connectionParams.Authorization without Bearer', (key: string) => ({ headers: {}, connectionParams: { Authorization: key } })],
    ['connectionParams.APIKey', (key: string) => ({ headers: { authorization: 'Bearer other' }, connectionParams: { APIKey: key, client: 'x' } })],
  ])('are taken from %s', async (_where, caller) => {
    const keys = new Keys();
    const { text, id } = keys.add({ wallets: [WALLET], scopes: ['erp:read', 'crm:read'] });
    const principal = await create({ keys }).authenticate(caller(text));
    expect({ id: principal.id, scopes: [...principal.scopes], wallets: principal.wallets }).toEqual({ id: `key:${id}`, scopes: ['erp:read', 'crm:read'], wallets: [WALLET] });
    expect(JSON.stringify(principal)).not.toContain(text.slice(15));
  });

  test.each([
    ['nothing', () => ({ headers: {} }), /Say who you are/, /Authorization: Bearer/],
    ['an empty header', () => ({ headers: { authorization: 'Bearer ', 'x-api-key': ' ' } }), /Say who you are/, /x-api-key/],
    ['a password', () => ({ headers: { authorization: 'Basic dXNlcjpwYXNz' } }), /Say who you are/, /key or token/],
    ['two keys', (key: string) => ({ headers: { authorization: `Bearer ${key}`, 'x-api-key': makeKey().text } }), /Two different/, /Send one/],
    ['half a key', (key: string) => ({ headers: { 'x-api-key': key.slice(0, 30) } }), /not a key of this server/, /ponte_/],
    ['a key that nobody made', () => ({ headers: { 'x-api-key': makeKey().text } }), /not known/, /ponte key create/],
    ['a token, where none are taken', () => ({ headers: { authorization: 'Bearer a.b.c' } }), /not of a kind/, /ponte key create/],
    ['something endless', () => ({ headers: { 'x-api-key': 'x'.repeat(20_000) } }), /too long/, undefined],
    ['an object in connectionParams', () => ({ headers: {}, connectionParams: { authorization: { no: 1 } } }), /Say who you are/, /connectionParams/],
  ])('%s is refused, and told what to do', async (_what, caller, message, hint) => {
    const keys = new Keys();
    const { text } = keys.add();
    const refused = await refusal(create({ keys }).authenticate(caller(text)));
    expect(refused).toMatchObject({ code: 'UNAUTHENTICATED', message: expect.stringMatching(message) });
    if (hint) expect(refused!.hint).toMatch(hint);
    expect(JSON.stringify(refused)).not.toContain(text.slice(15));
  });

  test('a hash that the store mixed up opens nothing', async () => {
    const keys = new Keys();
    const { id } = keys.add();
    const row = keys.rows.get(id)!;
    keys.find = async () => row;
    expect(await refusal(create({ keys }).authenticate(bearer(makeKey().text)))).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('a key is looked up once, and its use is noted once', async () => {
    const keys = new Keys();
    const { text, id } = keys.add();
    const auth = create({ keys });
    const all = await Promise.all(Array.from({ length: 50 }, () => auth.authenticate(bearer(text))));
    expect(new Set(all).size).toBe(1);
    await auth.authenticate(bearer(text));
    expect(keys.asked).toBe(1);
    expect(keys.uses).toEqual([id]);
  });

  test('a bad key that comes again does not reach the store', async () => {
    const keys = new Keys();
    const auth = create({ keys });
    const { text } = makeKey();
    for (let i = 0; i < 30; i++) expect(await refusal(auth.authenticate(bearer(text)))).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(keys.asked).toBe(1);
  });

  test('who tries many is turned away, with when to come again; others, and keys that are known, are not', async () => {
    const keys = new Keys();
    const [known, fresh] = [keys.add(), keys.add()];
    const auth = create({ keys, ring: { triesPerAddress: 5 } });
    await auth.authenticate(bearer(known.text));
    const tried = await Promise.all(Array.from({ length: 40 }, () => refusal(auth.authenticate(bearer(makeKey().text)))));
    expect(tried.filter((refused) => refused!.code === 'RATE_LIMITED')).toHaveLength(35);
    await expect(auth.authenticate(bearer(makeKey().text))).rejects.toMatchObject({ retryable: true, retryAfterMs: expect.any(Number) });
    expect(keys.asked).toBe(6);
    expect((await auth.authenticate(bearer(known.text))).id).toBe(`key:${known.id}`);
    expect((await auth.authenticate(bearer(fresh.text, '10.0.0.2'))).id).toBe(`key:${fresh.id}`);
  });

  test('a flood from everywhere stops at so many a second', async () => {
    const keys = new Keys();
    const auth = create({ keys, ring: { triesPerSecond: 10 } });
    const tried = await Promise.all(Array.from({ length: 200 }, (_, i) => refusal(auth.authenticate(bearer(makeKey().text, `10.0.1.${i}`)))));
    expect(tried.filter((refused) => refused!.code === 'RATE_LIMITED').length).toBeGreaterThanOrEqual(180);
    expect(keys.asked).toBeLessThanOrEqual(20);
  });

  test('a store that is away is no reason to call a key bad', async () => {
    const keys = new Keys();
    const { text } = keys.add();
    keys.broken = true;
    const auth = create({ keys });
    const refused = await refusal(auth.authenticate(bearer(text)));
    expect(refused).toMatchObject({ code: 'OVERLOADED' });
    expect(JSON.stringify(refused)).not.toContain('hunter2');
    keys.broken = false;
    expect((await auth.authenticate(bearer(text))).id).toMatch(/^key:/);
  });

  test('a revoked key ends its streams at once, and opens nothing more', async () => {
    const keys = new Keys();
    const { text, id } = keys.add();
    const auth = create({ keys });
    const ended = (await auth.authenticate(bearer(text))).ended!;
    expect((await auth.authenticate(bearer(text))).ended).toBe(ended);
    keys.change('another', {} as ApiKey);
    keys.change(id, { revokedAt: new Date() });
    await vi.waitFor(() => expect(ended.aborted).toBe(true));
    expect(ended.reason).toMatchObject({ code: 'UNAUTHENTICATED', message: 'This key was revoked' });
    expect(await refusal(auth.authenticate(bearer(text)))).toMatchObject({ code: 'UNAUTHENTICATED', message: 'This key was revoked' });
    const { asked } = keys;
    await refusal(auth.authenticate(bearer(text)));
    expect(keys.asked).toBe(asked);
  });

  test('thousands of streams may hang on one key, and nothing is said about a leak', async () => {
    const warned: unknown[] = [];
    const note = (warning: Error) => void (warning.name === 'MaxListenersExceededWarning' && warned.push(warning));
    process.on('warning', note);
    const keys = new Keys();
    const { text } = keys.add();
    const { ended } = await create({ keys }).authenticate(bearer(text));
    for (let i = 0; i < 2_000; i++) ended!.addEventListener('abort', () => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect(warned).toEqual([]);
  });

  test('so does one that was deleted, one whose scopes changed, and one whose news was lost', async () => {
    const keys = new Keys();
    const [gone, changed, unheard] = [keys.add(), keys.add(), keys.add()];
    const auth = create({ keys });
    const [a, b, c] = await Promise.all([gone, changed, unheard].map(async ({ text }) => (await auth.authenticate(bearer(text))).ended!));
    keys.rows.delete(gone.id);
    keys.onChange(gone.id);
    keys.change(changed.id, { scopes: ['crm:read'] });
    keys.rows.set(unheard.id, { ...keys.rows.get(unheard.id)!, revokedAt: new Date() });
    keys.onChange(null);
    await vi.waitFor(() => expect([a!.aborted, b!.aborted, c!.aborted]).toEqual([true, true, true]));
    expect(b!.reason).toMatchObject({ message: 'This key was changed' });
    expect([...(await auth.authenticate(bearer(changed.text))).scopes]).toEqual(['crm:read']);
  });

  test('news that changes nothing ends nothing', async () => {
    const keys = new Keys();
    const { text, id } = keys.add();
    const auth = create({ keys });
    const ended = (await auth.authenticate(bearer(text))).ended!;
    const { asked } = keys;
    keys.onChange(id);
    keys.onChange(null);
    await vi.waitFor(() => expect(keys.asked).toBeGreaterThanOrEqual(asked + 2));
    expect((await auth.authenticate(bearer(text))).ended).toBe(ended);
    expect(ended.aborted).toBe(false);
  });

  test('a key that is revoked while it is being looked up is not let in by the older answer', async () => {
    const keys = new Keys();
    const { text, id } = keys.add();
    let release = () => undefined as void;
    keys.hold = new Promise((resolve) => (release = resolve));
    const asking = refusal(create({ keys }).authenticate(bearer(text)));
    await vi.waitFor(() => expect(keys.asked).toBe(1));
    keys.change(id, { revokedAt: new Date() });
    release();
    expect(await asking).toMatchObject({ message: 'This key was revoked' });
  });

  test('a store that is away when the news comes is asked again', async () => {
    const keys = new Keys();
    const { text, id } = keys.add();
    const auth = create({ keys });
    const ended = (await auth.authenticate(bearer(text))).ended!;
    keys.broken = true;
    keys.change(id, { revokedAt: new Date() });
    await vi.waitFor(() => expect(keys.asked).toBe(2));
    keys.broken = false;
    await vi.waitFor(() => expect(ended.aborted).toBe(true), 5_000);
  });

  test('an hour that comes ends all streams with one timer; what has ended opens nothing', async () => {
    vi.useFakeTimers();
    const keys = new Keys();
    const { text } = keys.add({ expiresAt: new Date(Date.now() + 60 * 86_400_000) });
    const auth = create({ keys });
    const before = vi.getTimerCount();
    const principal = await auth.authenticate(bearer(text));
    expect(vi.getTimerCount() - before).toBeLessThanOrEqual(2); // the limits of tries
    const quiet = vi.getTimerCount();
    const signals = [principal.ended!, principal.ended!, (await auth.authenticate(bearer(text))).ended!];
    expect(vi.getTimerCount()).toBe(quiet + 1);
    await vi.advanceTimersByTimeAsync(59 * 86_400_000);
    expect(signals.some(({ aborted }) => aborted)).toBe(false);
    await vi.advanceTimersByTimeAsync(86_400_000);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(signals[0]!.reason).toMatchObject({ code: 'UNAUTHENTICATED', message: 'This key has expired' });
    expect(await refusal(auth.authenticate(bearer(text)))).toMatchObject({ message: 'This key has expired' });
  });
});

describe('tokens', () => {
  let server: Server;
  let key: CryptoKey;
  let other: CryptoKey;
  let jwksUrl: string;
  let served = 0;
  let status = 200;
  beforeAll(async () => {
    const pair = await generateKeyPair('ES256');
    key = pair.privateKey;
    other = (await generateKeyPair('ES256')).privateKey;
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
    server = createServer((_request, response) => {
      served++;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  });
  afterAll(() => void server.close());

  const ISSUER = 'https://id.example.com/';
  const tokens = (more: object = {}) => ({ jwksUrl, issuer: ISSUER, audience: ['ponte', 'other'], walletsClaim: 'ponte_wallets', ...more });
  const sign = (claims: JWTPayload = {}, { by = key, kid = 'one', expires = '5m' as string | number | null, alg = 'ES256' } = {}) => {
    const token = new SignJWT({ iss: ISSUER, aud: 'ponte', sub: 'maria', ...claims }).setProtectedHeader({ alg, kid });
    return (expires === null ? token : token.setExpirationTime(expires)).sign(by);
  };
  const ask = async (token: string, more: object = {}) => create({ tokens: tokens(more) }).authenticate(bearer(token));

  test('a good one says who it is, what it may, and which wallets it sees', async () => {
    const principal = await ask(await sign({ scope: 'erp:read crm:read', scp: ['sync:read'], ponte_wallets: [WALLET] }));
    expect({ id: principal.id, scopes: [...principal.scopes], wallets: principal.wallets }).toEqual({ id: `jwt:${ISSUER}|maria`, scopes: ['erp:read', 'crm:read', 'sync:read'], wallets: [WALLET] });
  });

  test.each([
    ['absent: none', {}, {}, []],
    ['all', { ponte_wallets: 'all' }, {}, 'all'],
    ['a list', { ponte_wallets: [WALLET] }, {}, [WALLET]],
    ['words', { ponte_wallets: `${WALLET}, ${WALLET}` }, {}, [WALLET, WALLET]],
    ['another claim', { tenants: [WALLET], ponte_wallets: 'all' }, { walletsClaim: 'tenants' }, [WALLET]],
    ['configured as no claim: all', {}, { walletsClaim: '*' }, 'all'],
  ])('wallets, %s', async (_what, claims, more, wallets) => expect((await ask(await sign(claims), more)).wallets).toEqual(wallets));

  test.each<[string, () => Promise<string>, RegExp]>([
    ['expired', () => sign({}, { expires: Math.floor(Date.now() / 1_000) - 120 }), /expired/],
    ['without an end', () => sign({}, { expires: null }), /"exp" is missing/],
    ['of nobody', () => sign({ sub: undefined as never }), /"sub" is missing/],
    ['of another issuer', () => sign({ iss: 'https://evil.example.com/' }), /"iss" is not accepted/],
    ['for somebody else', () => sign({ aud: 'elsewhere' }), /"aud" is not accepted/],
    ['not valid yet', () => sign({ nbf: Math.floor(Date.now() / 1_000) + 600 }), /"nbf" is not accepted/],
    ['signed by somebody else', () => sign({}, { by: other }), /not signed with a key/],
    ['signed with an unknown key', () => sign({}, { kid: 'two' }), /not signed with a key/],
    ['signed with a shared secret', () => new SignJWT({ iss: ISSUER, aud: 'ponte', sub: 'm' }).setProtectedHeader({ alg: 'HS256', kid: 'one' }).setExpirationTime('5m').sign(new TextEncoder().encode('x'.repeat(32))), /algorithm/],
    ['not signed', async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"m"}').toString('base64url')}.`, /algorithm|cannot be read/],
    ['nonsense', async () => 'a.b.c', /cannot be read/],
    ['with wallets that are no ids', () => sign({ ponte_wallets: ['*'] }), /"ponte_wallets" is not a list/],
    ['with wallets of another shape', () => sign({ ponte_wallets: { all: true } }), /"ponte_wallets" is not a list/],
  ])('one %s is refused', async (_what, token, message) => expect(await refusal(ask(await token()))).toMatchObject({ code: 'UNAUTHENTICATED', message: expect.stringMatching(message) }));

  test('a clock that is a little late is forgiven', async () => {
    expect((await ask(await sign({}, { expires: Math.floor(Date.now() / 1_000) - 5 }))).id).toMatch(/^jwt:/);
  });

  test('is verified once, and its provider asked once', async () => {
    const auth = create({ tokens: tokens() });
    const token = await sign();
    const before = served;
    const first = await auth.authenticate(bearer(token));
    expect(await auth.authenticate(bearer(token))).toBe(first);
    expect((await auth.authenticate(bearer(await sign({ sub: 'jose' })))).id).toBe(`jwt:${ISSUER}|jose`);
    expect(served - before).toBe(1);
  });

  test('a provider that is away is no reason to call a token bad', async () => {
    status = 500;
    expect(await refusal(ask(await sign()))).toMatchObject({ code: 'OVERLOADED', message: expect.stringMatching(/cannot be read at the moment/) });
    status = 200;
  });

  test('its streams end with it', async () => {
    const principal = await ask(await sign({}, { expires: Math.floor(Date.now() / 1_000) - 28 }));
    const ended = principal.ended!;
    expect(ended.aborted).toBe(false);
    await vi.waitFor(() => expect(ended.aborted).toBe(true), 5_000);
    expect(ended.reason).toMatchObject({ code: 'UNAUTHENTICATED', message: 'The token has expired' });
  });

  test('keys and tokens may be taken side by side', async () => {
    const keys = new Keys();
    const { text } = keys.add();
    const auth = create({ keys, tokens: tokens() });
    expect((await auth.authenticate(bearer(text))).id).toBe('key:key-0');
    expect((await auth.authenticate(bearer(await sign()))).id).toMatch(/^jwt:/);
    expect(await refusal(create({ tokens: tokens() }).authenticate(bearer(text)))).toMatchObject({ message: expect.stringMatching(/takes no keys/) });
  });
});
