import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfig, VARIABLES } from '../../lib/config/index.ts';
import { ConfigError } from '../../lib/errors.ts';

const load = (env: Record<string, string>, directory: string | null = null) => loadConfig({ env, directory });
const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    load(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};
const JWT = 'eyJhbGciOiJSUzI1NiJ9.eyJhY2NvdW50X2lkIjoxfQ.c2lnbmF0dXJl';

describe('configuration', () => {
  test('nothing set: demo mode and the documented defaults', () => {
    expect(load({})).toMatchObject({
      demo: true, production: false, database: null, dataDir: '.data', port: 3000, host: '127.0.0.1',
      gestaoClick: { apiUrl: 'https://api.beteltecnologia.com', timeoutMs: 30_000, credentials: null, debug: false },
      kommo: { apiUrl: 'https://api-c.kommo.com', timeoutMs: 30_000, credentials: null },
      secrets: [],
    });
  });

  test.each([
    ['a Kommo token', { KOMMO_JWT_TOKEN: JWT }, false],
    ['Gestão Click tokens', { GESTAO_CLICK_API_KEY: 'a'.repeat(40), GESTAO_CLICK_SECRET_TOKEN: 'b'.repeat(40) }, false],
    ['a database', { DATABASE_URL: 'postgresql://u:p@h/d' }, false],
    ['production', { NODE_ENV: 'production' }, false],
    ['PONTE_DEMO=1 beside a token', { KOMMO_JWT_TOKEN: JWT, PONTE_DEMO: '1' }, true],
    ['PONTE_DEMO=0', { PONTE_DEMO: '0' }, false],
  ])('demo mode with %s', (_what, env, demo) => expect(load(env as unknown as Record<string, string>).demo).toBe(demo));

  test('older names work, and a contradiction between both is told', () => {
    const older = load({ GESTAO_CLICK_ACCESS_TOKEN: 'access-1', GESTAO_CLICK_SECRET_ACCESS_TOKEN: 'secret-1', KOMMO_LONG_LIVED_TOKEN: JWT });
    expect(older.gestaoClick.credentials).toEqual({ accessToken: 'access-1', secretToken: 'secret-1' });
    expect(older.kommo.credentials).toEqual({ token: JWT });
    expect(problemsOf({ KOMMO_JWT_TOKEN: JWT, KOMMO_LONG_LIVED_TOKEN: 'other' })).toEqual(['KOMMO_JWT_TOKEN and KOMMO_LONG_LIVED_TOKEN are both set and differ: keep one']);
  });

  test('TIMEOUT serves both, a provider its own goes before it', () => {
    const config = load({ TIMEOUT: '5000', KOMMO_TIMEOUT: '7000' });
    expect([config.gestaoClick.timeoutMs, config.kommo.timeoutMs]).toEqual([5000, 7000]);
  });

  test('.env.local wins over .env, the environment over both; empty text is not set', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ponte-config-'));
    writeFileSync(join(directory, '.env'), 'PORT=1111\nHOST=127.0.0.2\nLOG_LEVEL=warn\n');
    writeFileSync(join(directory, '.env.local'), 'PORT=2222\nHOST=127.0.0.3\nDATA_DIR=\n');
    expect(load({ PORT: '3333' }, directory)).toMatchObject({ port: 3333, host: '127.0.0.3', logLevel: 'warn', dataDir: '.data' });
  });

  test('a secret may stand in a file, and is known for redaction', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ponte-secret-'));
    writeFileSync(join(directory, 'kommo'), `${JWT}\n`);
    const config = load({ KOMMO_JWT_TOKEN_FILE: join(directory, 'kommo'), DATABASE_URL: 'postgresql://u:pass%21word@h/d' });
    expect(config.kommo.credentials?.token).toBe(JWT);
    expect(config.secrets).toEqual(expect.arrayContaining([JWT, 'pass!word']));
    expect(problemsOf({ KOMMO_JWT_TOKEN_FILE: join(directory, 'missing') })).toEqual(['KOMMO_JWT_TOKEN_FILE names a file that cannot be read (ENOENT)']);
  });

  test('traces are off without a collector; with one, its headers are secrets', () => {
    expect(load({}).telemetry).toEqual({ operations: 'slow', slowMs: 1_000, traces: null });
    const config = load({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abcdef, x-team=a=b', OTEL_TRACES_SAMPLER_ARG: '0.25' });
    expect(config.telemetry.traces).toEqual({ endpoint: 'http://127.0.0.1:4318', headers: { authorization: 'Bearer abcdef', 'x-team': 'a=b' }, ratio: 0.25 });
    expect(config.secrets).toContain('Bearer abcdef');
    expect(problemsOf({ OTEL_TRACES_SAMPLER_ARG: '2', OTEL_EXPORTER_OTLP_HEADERS: 'hunter22', LOG_OPERATIONS: 'some' })).toEqual([
      expect.stringContaining('LOG_OPERATIONS must be slow, all or off'),
      'OTEL_EXPORTER_OTLP_HEADERS must be headers such as authorization=Bearer%20abc, separated by commas',
      expect.stringContaining('OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1'),
    ]);
  });

  test('everything wrong is listed at once, and no secret is printed', () => {
    const problems = problemsOf({
      PORT: 'many', TIMEOUT: '-3', LOG_LEVEL: 'loud', KOMMO_DEBUG: 'maybe', GESTAO_CLICK_API_KEY: 'with white space', DATABASE_URL: 'mysql://u:hunter22@h/d',
      GESTAO_CLICK_API_URL: 'http://api.example.com', GESTAO_CLICK_STATUS_OUTCOMES: '{"x":"MAYBE"}', TLS_CERT_PATH: '/a.pem',
    });
    expect(problems).toHaveLength(9);
    for (const name of ['PORT', 'TIMEOUT', 'LOG_LEVEL', 'KOMMO_DEBUG', 'GESTAO_CLICK_API_KEY', 'DATABASE_URL', 'GESTAO_CLICK_API_URL', 'GESTAO_CLICK_STATUS_OUTCOMES', 'TLS_CERT_PATH'])
      expect(problems.some((problem) => problem.startsWith(name))).toBe(true);
    expect(problems.join()).not.toMatch(/white space"|hunter22/);
  });

  test.each([
    ['http://api.example.com', false],
    ['http://10.0.0.1', false],
    ['http://127.0.0.1:4000', true],
    ['http://localhost:4000', true],
    ['http://localhost.evil.com', false],
    ['https://user:pw@api.example.com', false],
    ['ftp://127.0.0.1', false],
  ])('provider address %s', (url, allowed) => expect(problemsOf({ KOMMO_API_URL: url }).length === 0).toBe(allowed));

  test('half a pair of credentials is an error, the example text too', () => {
    expect(problemsOf({ GESTAO_CLICK_API_KEY: 'abcdef' })).toEqual(['GESTAO_CLICK_API_KEY is set but GESTAO_CLICK_SECRET_TOKEN is missing: both are needed']);
    expect(problemsOf({ KOMMO_JWT_TOKEN: 'seu_jwt_token_longa_duracao' })).toEqual(['KOMMO_JWT_TOKEN still holds the example text']);
    expect(problemsOf({ PONTE_DEMO: '1', NODE_ENV: 'production' })).toHaveLength(1);
  });

  test('the demo and a database for real data are a contradiction, wherever each of them is said', () => {
    const url = 'postgresql://u:hunter22@h/d';
    const [problem, ...others] = problemsOf({ PONTE_DEMO: 'true', DATABASE_URL: url });
    expect(others).toEqual([]);
    expect(problem).toMatch(/^PONTE_DEMO=true and DATABASE_URL contradict each other: .*Take DATABASE_URL away to run the demo, or PONTE_DEMO to work on that database$/);
    expect(problem).not.toContain('hunter22');
    const directory = mkdtempSync(join(tmpdir(), 'ponte-demo-'));
    writeFileSync(join(directory, '.env.local'), `DATABASE_URL=${url}\n`);
    expect(() => load({ PONTE_DEMO: '1' }, directory)).toThrow(ConfigError);
    expect(load({ PONTE_DEMO: '0' }, directory)).toMatchObject({ demo: false, database: { url } });
  });

  test('who may call: keys, tokens with all that they need, a secret for subgraphs that is long enough', () => {
    expect(load({})).toMatchObject({ auth: { apiKeys: false, tokens: null }, allowedHosts: [], subgraphSecret: null });
    const tokens = { AUTH_JWKS_URL: 'https://id.example.com/jwks', AUTH_ISSUER: 'https://id.example.com/', AUTH_AUDIENCE: 'ponte, panel' };
    const config = load({ AUTH_API_KEYS: 'true', ...tokens, ALLOWED_HOSTS: 'api.example.com, *.ponte.dev', SUBGRAPH_SECRET: 's'.repeat(32) });
    expect(config).toMatchObject({
      auth: { apiKeys: true, tokens: { jwksUrl: 'https://id.example.com/jwks', issuer: 'https://id.example.com/', audience: ['ponte', 'panel'], walletsClaim: 'ponte_wallets' } },
      allowedHosts: ['api.example.com', '*.ponte.dev'],
      subgraphSecret: 's'.repeat(32),
    });
    expect(config.secrets).toContain('s'.repeat(32));
    expect(problemsOf({ AUTH_JWKS_URL: tokens.AUTH_JWKS_URL })).toEqual(['AUTH_JWKS_URL is set but AUTH_ISSUER and AUTH_AUDIENCE are missing: tokens need all three']);
    expect(problemsOf({ AUTH_ISSUER: 'x', AUTH_AUDIENCE: 'y' })).toEqual(['AUTH_ISSUER and AUTH_AUDIENCE are set but AUTH_JWKS_URL is missing: tokens need all three']);
    expect(problemsOf({ ...tokens, AUTH_JWKS_URL: 'http://id.example.com/jwks' })[0]).toMatch(/^AUTH_JWKS_URL must be https/);
    expect(problemsOf({ ...tokens, AUTH_JWKS_URL: 'http://127.0.0.1:9/jwks' })).toEqual([]);
    expect(problemsOf({ ALLOWED_HOSTS: 'https://api.example.com' })[0]).toMatch(/^ALLOWED_HOSTS must be names/);
    const short = problemsOf({ SUBGRAPH_SECRET: 'too-short-77' });
    expect(short[0]).toMatch(/openssl rand -hex 32/);
    expect(short.join()).not.toContain('too-short-77');
  });

  test('.env.example documents every variable, and only those, with working defaults', () => {
    const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
    const names = [...text.matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1]);
    expect(names.toSorted()).toEqual(Object.keys(VARIABLES).toSorted());
    for (const spec of Object.values(VARIABLES)) for (const alias of (spec as { aliases?: string[] }).aliases ?? []) expect(text).toContain(alias);
    expect(problemsOf(Object.fromEntries([...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map((match) => [match[1]!, match[2]!])))).toEqual([]);
  });

  test.each(['README.md', 'README.pt-BR.md'])('%s names every variable', (name) => {
    const text = readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
    expect(Object.keys(VARIABLES).filter((variable) => !text.includes(`\`${variable}\``))).toEqual([]);
  });
});
