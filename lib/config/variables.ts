// Every variable that Ponte reads, as data: name, older aliases, whether it is a secret, its schema and what it is for.
// `.env.example` and the README's table are checked against this list.
import { z } from 'zod';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const positiveMs = z.string().regex(/^\d+$/, 'must be a whole number of milliseconds').transform(Number).pipe(z.number().int().min(1, 'must be at least 1').max(600_000, 'must be at most 600000 (10 minutes)'));
const count = (least: number, most: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().min(least, `must be at least ${least}`).max(most, `must be at most ${most}`));
/** A limit that cannot be switched off. */
const limit = (most: number) => count(1, most);
const flag = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(z.enum(['true', 'false', '1', '0', 'yes', 'no'], 'must be true or false'))
  .transform((text) => text === 'true' || text === '1' || text === 'yes');

/** An absolute http(s) URL; plain http only to this machine, because a token travels over it. */
const providerUrl = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null;
  const problem =
    url === null || !/^https?:$/.test(url.protocol)
      ? 'must be an absolute URL, e.g. https://api.example.com'
      : url.protocol === 'http:' && !LOOPBACK.test(url.hostname)
        ? 'must be https: tokens would travel in the clear (plain http is allowed to this machine only)'
        : url.username !== '' || url.password !== ''
          ? 'must not hold a user name or password'
          : null;
  if (problem === null) return text.replace(/\/+$/, '');
  context.addIssue(problem);
  return z.NEVER;
});

const databaseUrl = z.string().refine((text) => URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol), 'must look like postgresql://user:password@host:5432/database');

const token = z
  .string()
  .refine((text) => !/\s/.test(text), 'must not hold white space')
  .refine((text) => !/^(seu_|your_|xxx|changeme)/i.test(text), 'still holds the example text');

const outcomes = z.string().transform((text, context) => {
  try {
    return z.record(z.string(), z.enum(['OPEN', 'CONFIRMED', 'CANCELLED'])).parse(JSON.parse(text));
  } catch {
    context.addIssue('must be JSON such as {"Faturado":"CONFIRMED","Devolvido":"CANCELLED"}');
    return z.NEVER;
  }
});

/** An absolute URL whose answer is believed: https, or this machine. */
const trustedUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'must be an absolute URL, e.g. https://id.example.com/.well-known/jwks.json')
  .refine((text) => !URL.canParse(text) || new URL(text).protocol !== 'http:' || LOOPBACK.test(new URL(text).hostname), 'must be https: whoever changes its answer could sign tokens (plain http is allowed to this machine only)');

const list = z.string().transform((text) => text.split(',').map((item) => item.trim()).filter(Boolean));
const hostNames = list.refine((names) => names.every((name) => /^(\*\.)?[a-z0-9.-]+$/i.test(name)), 'must be names of hosts without scheme and port, separated by commas, e.g. api.example.com, *.example.com');

/** A secret of our own making: long enough that nobody finds it by trying. */
const sharedSecret = token.refine((text) => text.length >= 32, 'must have at least 32 characters: make one with `openssl rand -hex 32`');

/** `name=value,name=value`, as OpenTelemetry has it; values may be percent-encoded. */
const headerList = z.string().transform((text, context) => {
  const pairs = text.split(',').map((pair) => pair.split('=').map((part) => part.trim()));
  if (pairs.every(([name, ...value]) => /^[\w-]+$/.test(name ?? '') && value.join('=') !== '' && !/%(?![0-9a-f]{2})/i.test(value.join('=')))) {
    return Object.fromEntries(pairs.map(([name, ...value]) => [name!, decodeURIComponent(value.join('='))]));
  }
  context.addIssue('must be headers such as authorization=Bearer%20abc, separated by commas');
  return z.NEVER;
});
const ratio = z.string().regex(/^(0|1|0?\.\d+|1\.0+|0\.0+)$/, 'must be a number from 0 to 1').transform(Number);

const subgraphUrl = z.string().refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), 'must be an absolute URL, e.g. http://kommo:4002/graphql');

export interface Variable {
  readonly schema: z.ZodType;
  readonly about: string;
  readonly aliases?: readonly string[];
  /** Also read from the file that NAME_FILE names; never printed. */
  readonly secret?: boolean;
}

const variable = <S extends z.ZodType>(schema: S, about: string, more: Omit<Variable, 'schema' | 'about'> = {}) => ({ schema, about, ...more });

/** Each schema takes the text of the variable; `undefined` (not set) gives the default, where there is one. */
export const VARIABLES = {
  GESTAO_CLICK_API_URL: variable(providerUrl.default('https://api.beteltecnologia.com'), 'Address of the Gestão Click API'),
  GESTAO_CLICK_API_KEY: variable(token.optional(), 'Access token of Gestão Click', { aliases: ['GESTAO_CLICK_ACCESS_TOKEN'], secret: true }),
  GESTAO_CLICK_SECRET_TOKEN: variable(token.optional(), 'Secret token of Gestão Click', { aliases: ['GESTAO_CLICK_SECRET_ACCESS_TOKEN'], secret: true }),
  GESTAO_CLICK_TIMEOUT: variable(positiveMs.optional(), 'Milliseconds to wait for one answer of Gestão Click; goes before TIMEOUT'),
  GESTAO_CLICK_RETRY_ATTEMPTS: variable(count(0, 10).prefault('4'), 'Retries of a failed call to Gestão Click'),
  GESTAO_CLICK_RETRY_DELAY: variable(positiveMs.prefault('1000'), 'First delay before a retry in milliseconds; it doubles, with jitter'),
  GESTAO_CLICK_DEBUG: variable(flag.prefault('false'), 'Log every request to Gestão Click (never a token)'),
  GESTAO_CLICK_OPEN_TITLES_DAYS: variable(count(0, 3653).prefault('731'), 'How many days back an open title is followed by incremental runs; full runs follow all'),
  GESTAO_CLICK_STATUS_OUTCOMES: variable(outcomes.optional(), 'JSON that says what a sale status means where its name does not'),
  KOMMO_API_URL: variable(providerUrl.default('https://api-c.kommo.com'), "Address of the Kommo API; the account's own address is found at first contact"),
  KOMMO_JWT_TOKEN: variable(token.optional(), 'Long-lived token of Kommo', { aliases: ['KOMMO_LONG_LIVED_TOKEN'], secret: true }),
  KOMMO_TIMEOUT: variable(positiveMs.optional(), 'Milliseconds to wait for one answer of Kommo; goes before TIMEOUT'),
  KOMMO_RETRY_ATTEMPTS: variable(count(0, 10).prefault('4'), 'Retries of a failed call to Kommo'),
  KOMMO_RETRY_DELAY: variable(positiveMs.prefault('1000'), 'First delay before a retry in milliseconds; it doubles, with jitter'),
  KOMMO_DEBUG: variable(flag.prefault('false'), 'Log every request to Kommo (never a token)'),
  TIMEOUT: variable(positiveMs.prefault('30000'), 'Milliseconds to wait for one answer of a provider'),
  DATABASE_URL: variable(databaseUrl.optional(), 'PostgreSQL 15 or newer; without it the embedded server is used', { secret: true }),
  DATABASE_DIRECT_URL: variable(databaseUrl.optional(), 'The same database past a pooler (LISTEN, locks, migrations)', { secret: true }),
  DATA_DIR: variable(z.string().default('.data'), 'Folder of the embedded database'),
  PORT: variable(count(0, 65_535).prefault('3000'), 'Port of the gateway (or of `ponte subgraph`)'),
  HOST: variable(z.string().default('127.0.0.1'), 'Address that the servers bind to'),
  LOG_LEVEL: variable(z.enum(['error', 'warn', 'info', 'debug', 'silent'], 'must be error, warn, info, debug or silent').default('info'), 'How much is logged'),
  LOG_OPERATIONS: variable(z.enum(['slow', 'all', 'off'], 'must be slow, all or off').default('slow'), 'Which operations the log tells of: slow (and failed ones; the others with LOG_LEVEL=debug), all, off'),
  LOG_SLOW_MS: variable(positiveMs.prefault('1000'), 'Milliseconds from which an operation is slow'),
  QUERY_PLANNER: variable(z.enum(['hive', 'apollo', 'stock'], 'must be hive, apollo or stock').default('hive'), 'Who plans queries: hive (native), apollo; stock: Apollo plans and executes'),
  SUPERGRAPH_PATH: variable(z.string().optional(), 'File of the supergraph, taken anew when it changes or on SIGHUP; without it the one that comes with Ponte'),
  OTEL_EXPORTER_OTLP_ENDPOINT: variable(subgraphUrl.optional(), 'Where traces are sent (OTLP over HTTP), e.g. http://127.0.0.1:4318; without it none are made'),
  OTEL_EXPORTER_OTLP_HEADERS: variable(headerList.optional(), 'Headers for it, e.g. authorization=Bearer%20abc', { secret: true }),
  OTEL_TRACES_SAMPLER_ARG: variable(ratio.prefault('1'), 'Share of traces that are made, from 0 to 1; who calls with a traceparent has decided already'),
  NODE_ENV: variable(z.string().optional(), '`production` switches off demo mode, introspection and the Sandbox page'),
  PONTE_DEMO: variable(flag.optional(), 'true: run against the simulators, whatever credentials are set, in an embedded database of their own (not with DATABASE_URL); false: never'),
  CORS_ORIGINS: variable(list.prefault(''), 'Further origins of browsers that may call the gateway, separated by commas'),
  TRUST_PROXY: variable(flag.prefault('false'), 'The gateway stands behind a proxy that ends HTTPS and sets X-Forwarded-*'),
  PONTE_KEY: variable(token.optional(), 'Key of the API that `ponte sync` shows to the gateway', { secret: true }),
  ALLOWED_HOSTS: variable(hostNames.prefault(''), 'Names, beside those of this machine, by which the gateway may be called, separated by commas'),
  AUTH_API_KEYS: variable(flag.prefault('false'), 'true: callers need a key made with `ponte key create` (or a token)'),
  AUTH_JWKS_URL: variable(trustedUrl.optional(), 'Where an identity provider publishes the keys that sign its tokens (JWT)'),
  AUTH_ISSUER: variable(z.string().optional(), 'Issuer (`iss`) of the tokens'),
  AUTH_AUDIENCE: variable(list.optional(), 'Audience (`aud`) that a token must name, one of these, separated by commas'),
  AUTH_WALLETS_CLAIM: variable(z.string().default('ponte_wallets'), 'Claim of a token that names its wallets (ids, or `all`); a token without it sees none; `*`: every token sees all'),
  INTROSPECTION: variable(flag.optional(), 'Whether clients may read the schema; without it: except in production'),
  SANDBOX: variable(flag.optional(), 'Whether browsers are shown the Sandbox page; without it: except in production'),
  MAX_BODY_KB: variable(count(1, 102_400).prefault('1024'), 'Largest request body and WebSocket message, in KB'),
  QUERY_MAX_DEPTH: variable(limit(1_000).prefault('15'), 'Levels of fields in one operation'),
  QUERY_MAX_ALIASES: variable(limit(10_000).prefault('50'), 'Aliases in one operation'),
  QUERY_MAX_DIRECTIVES: variable(limit(10_000).prefault('50'), 'Directives in one operation'),
  QUERY_MAX_FIELDS: variable(limit(100_000).prefault('1000'), 'Fields and fragments in one operation; a fragment counts each time it is used'),
  QUERY_MAX_ROOT_FIELDS: variable(limit(1_000).prefault('20'), 'Fields at the root of one operation'),
  QUERY_MAX_TOKENS: variable(limit(1_000_000).prefault('10000'), 'Length of one operation, in tokens'),
  QUERY_MAX_COST: variable(limit(1_000_000_000).prefault('100000'), 'What one operation may cost: about the number of objects that it may give'),
  RATE_LIMIT: variable(count(0, 10_000_000).prefault('600'), 'Operations of one key or token in a minute; 0: no limit'),
  RATE_LIMIT_IP: variable(count(0, 10_000_000).prefault('1200'), 'Requests from one address in a minute; 0: no limit'),
  RATE_LIMIT_COST: variable(count(0, 1_000_000_000_000).prefault('10000000'), 'Cost of all operations of one key or token in a minute; 0: no limit'),
  OVERLOAD_LAG_MS: variable(count(0, 60_000).prefault('500'), 'Lateness of the event loop, in milliseconds, from which new requests are refused; 0: none'),
  OVERLOAD_REQUESTS: variable(count(0, 1_000_000).prefault('1000'), 'Requests under way from which new ones are refused; 0: any number'),
  TRUSTED_DOCUMENTS: variable(z.enum(['off', 'allow', 'only'], 'must be off, allow or only').default('off'), 'Operations published with `ponte operations publish`: off, allow (clients may send hashes), only (nothing else runs, except with the scope admin)'),
  APQ: variable(flag.prefault('true'), 'Automatic persisted queries, as Apollo Client sends them'),
  RESPONSE_CACHE_MB: variable(count(0, 65_536).prefault('0'), 'Memory for answers that the schema lets be kept (`@cacheControl`), in MB; 0: none are'),
  TLS_CERT_PATH: variable(z.string().optional(), 'Certificate (PEM) for HTTPS by the gateway itself'),
  TLS_KEY_PATH: variable(z.string().optional(), 'Private key (PEM) for HTTPS by the gateway itself'),
  SUBGRAPH_SECRET: variable(sharedSecret.optional(), 'Shared by `ponte gateway` and `ponte subgraph`: a subgraph answers to nobody else', { secret: true }),
  SUBGRAPH_GESTAO_CLICK_URL: variable(subgraphUrl.optional(), 'Where `ponte gateway` finds the subgraph gestao-click'),
  SUBGRAPH_KOMMO_URL: variable(subgraphUrl.optional(), 'Where `ponte gateway` finds the subgraph kommo'),
  SUBGRAPH_SYNC_URL: variable(subgraphUrl.optional(), 'Where `ponte gateway` finds the subgraph sync'),
  SUBGRAPH_INSIGHTS_URL: variable(subgraphUrl.optional(), 'Where `ponte gateway` finds the subgraph insights'),
} as const satisfies Record<string, Variable>;

export type VariableName = keyof typeof VARIABLES;
export type Values = { [N in VariableName]: z.output<(typeof VARIABLES)[N]['schema']> };
