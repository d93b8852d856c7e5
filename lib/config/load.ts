// Reads the configuration once: `.env`, over it `.env.local`, over both the real environment. Secrets may stand in files
// (NAME_FILE). Everything that is wrong is reported together; a value is never part of the message.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { ConfigError, messageOf } from '../errors.ts';
import type { LogLevel } from '../log.ts';
import { VARIABLES, type Values, type Variable, type VariableName } from './variables.ts';

export interface ProviderSettings {
  readonly apiUrl: string;
  readonly timeoutMs: number;
  readonly retryAttempts: number;
  readonly retryDelayMs: number;
  readonly debug: boolean;
}

/** Where traces go. */
export interface TraceSettings {
  /** Of the collector; `/v1/traces` is added. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From 0 to 1. */
  readonly ratio: number;
}

export interface Config {
  readonly production: boolean;
  /** Simulators instead of the providers, in an embedded database of their own: then `database` is null. */
  readonly demo: boolean;
  readonly gestaoClick: ProviderSettings & {
    readonly credentials: { readonly accessToken: string; readonly secretToken: string } | null;
    readonly statusOutcomes: Readonly<Record<string, 'OPEN' | 'CONFIRMED' | 'CANCELLED'>>;
    readonly openTitlesPastDays: number;
  };
  readonly kommo: ProviderSettings & { readonly credentials: { readonly token: string } | null };
  /** Null: the embedded server. */
  readonly database: { readonly url: string; readonly directUrl: string } | null;
  readonly dataDir: string;
  readonly port: number;
  readonly host: string;
  readonly logLevel: LogLevel;
  readonly telemetry: {
    readonly operations: 'slow' | 'all' | 'off';
    readonly slowMs: number;
    /** Null: no traces. */
    readonly traces: TraceSettings | null;
  };
  /** Null: the one that comes with Ponte. */
  readonly supergraphPath: string | null;
  readonly queryPlanner: 'hive' | 'apollo' | 'stock';
  readonly corsOrigins: readonly string[];
  readonly trustProxy: boolean;
  readonly tls: { readonly certPath: string; readonly keyPath: string } | null;
  /** Who may call; neither: everybody, and only from this machine. */
  readonly auth: {
    /** Keys of the database are accepted. */
    readonly apiKeys: boolean;
    readonly tokens: { readonly jwksUrl: string; readonly issuer: string; readonly audience: readonly string[]; readonly walletsClaim: string } | null;
  };
  /** undefined: except in production. */
  readonly introspection: boolean | undefined;
  readonly sandbox: boolean | undefined;
  readonly maxBodyBytes: number;
  /** What an operation may look like and cost, how much may be asked, when new requests are refused; 0: no limit. */
  readonly limits: {
    readonly operation: { readonly maxDepth: number; readonly maxAliases: number; readonly maxDirectives: number; readonly maxSelections: number; readonly maxRootFields: number; readonly maxTokens: number; readonly maxPrice: number };
    readonly rates: { readonly perCaller: number; readonly perAddress: number; readonly pricePerCaller: number };
    readonly overload: { readonly lagMs: number; readonly requests: number };
  };
  readonly trustedDocuments: 'off' | 'allow' | 'only';
  readonly automaticQueries: boolean;
  /** 0: no answers are kept. */
  readonly responseCacheBytes: number;
  /** What `ponte sync` shows to the gateway. */
  readonly key: string | null;
  readonly allowedHosts: readonly string[];
  /** What the gateway shows to subgraphs that run elsewhere. */
  readonly subgraphSecret: string | null;
  /** By subgraph name; absent where it is not set. */
  readonly subgraphUrls: Readonly<Partial<Record<SubgraphName, string>>>;
  /** Every secret value, for redaction. */
  readonly secrets: readonly string[];
}

export const SUBGRAPH_NAMES = ['gestao-click', 'kommo', 'sync', 'insights'] as const;
export type SubgraphName = (typeof SUBGRAPH_NAMES)[number];

type Environment = Readonly<Record<string, string | undefined>>;

export interface LoadOptions {
  /** Default: the real environment. */
  env?: Environment;
  /** Where `.env` and `.env.local` stand; null reads neither. Default: the working folder. */
  directory?: string | null;
}

function readEnvFile(path: string): Environment {
  try {
    return parse(readFileSync(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError([`${path} cannot be read: ${messageOf(error)}`]);
  }
}

/** The configuration, or a ConfigError that lists all that is wrong. */
export function loadConfig({ env = process.env, directory = process.cwd() }: LoadOptions = {}): Config {
  const layers = directory === null ? [env] : [env, readEnvFile(join(directory, '.env.local')), readEnvFile(join(directory, '.env'))];
  const problems: string[] = [];
  const values = readValues(layers, problems);
  checkTogether(values, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return toConfig(values);
}

/** The first layer that has the variable under any of its names wins; empty text counts as not set. */
function findText(layers: readonly Environment[], name: string, spec: Variable, problems: string[]): string | undefined {
  const names = [name, ...(spec.aliases ?? [])];
  for (const layer of layers) {
    const found = new Map<string, string>();
    for (const candidate of names) {
      const direct = layer[candidate]?.trim();
      if (direct) found.set(candidate, direct);
      const path = spec.secret ? layer[`${candidate}_FILE`]?.trim() : undefined;
      if (path) found.set(`${candidate}_FILE`, readSecretFile(path, `${candidate}_FILE`, problems));
    }
    if (new Set(found.values()).size > 1) problems.push(`${[...found.keys()].join(' and ')} are both set and differ: keep one`);
    const first = found.values().next();
    if (!first.done) return first.value;
  }
  return undefined;
}

function readSecretFile(path: string, name: string, problems: string[]): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    problems.push(`${name} names a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
    return '';
  }
}

function readValues(layers: readonly Environment[], problems: string[]): Values {
  const values: Partial<Record<VariableName, unknown>> = {};
  for (const [name, spec] of Object.entries(VARIABLES) as [VariableName, Variable][]) {
    const text = findText(layers, name, spec, problems);
    const result = spec.schema.safeParse(text);
    if (result.success) values[name] = result.data;
    else for (const issue of result.error.issues) problems.push(`${name} ${issue.message}${spec.secret ? '' : ` (it is "${text}")`}`);
  }
  return values as Values;
}

/** What only shows when several variables are looked at. */
function checkTogether(values: Values, problems: string[]): void {
  const pair = (a: VariableName, b: VariableName) => {
    if ((values[a] === undefined) !== (values[b] === undefined) && !problems.some((p) => p.startsWith(a) || p.startsWith(b)))
      problems.push(values[a] === undefined ? `${b} is set but ${a} is missing: both are needed` : `${a} is set but ${b} is missing: both are needed`);
  };
  pair('GESTAO_CLICK_API_KEY', 'GESTAO_CLICK_SECRET_TOKEN');
  pair('TLS_CERT_PATH', 'TLS_KEY_PATH');
  const tokens = (['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'] as const).filter((name) => !problems.some((problem) => problem.startsWith(name)));
  const [set, missing] = [tokens.filter((name) => values[name] !== undefined), tokens.filter((name) => values[name] === undefined)];
  if (set.length > 0 && missing.length > 0) problems.push(`${set.join(' and ')} ${set.length > 1 ? 'are' : 'is'} set but ${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} missing: tokens need all three`);
  if (values.TRUSTED_DOCUMENTS === 'only' && values.AUTH_API_KEYS !== true && set.length === 0) problems.push('TRUSTED_DOCUMENTS=only without AUTH_API_KEYS or AUTH_JWKS_URL restricts nobody: without authentication every caller is an administrator');
  if (values.DATABASE_DIRECT_URL !== undefined && values.DATABASE_URL === undefined) problems.push('DATABASE_DIRECT_URL is set but DATABASE_URL is missing');
  if (values.PONTE_DEMO === true && values.NODE_ENV === 'production') problems.push('PONTE_DEMO=1 cannot run with NODE_ENV=production: simulators never stand beside real data');
  if (values.PONTE_DEMO === true && values.DATABASE_URL !== undefined)
    problems.push('PONTE_DEMO=true and DATABASE_URL contradict each other: the demo lives in an embedded database of its own (in DATA_DIR) and never writes into yours. Take DATABASE_URL away to run the demo, or PONTE_DEMO to work on that database');
}

function toConfig(v: Values): Config {
  const production = v.NODE_ENV === 'production';
  const bare = v.GESTAO_CLICK_API_KEY === undefined && v.KOMMO_JWT_TOKEN === undefined && v.DATABASE_URL === undefined;
  const urls: Record<SubgraphName, string | undefined> = {
    'gestao-click': v.SUBGRAPH_GESTAO_CLICK_URL,
    kommo: v.SUBGRAPH_KOMMO_URL,
    sync: v.SUBGRAPH_SYNC_URL,
    insights: v.SUBGRAPH_INSIGHTS_URL,
  };
  const databasePassword = [v.DATABASE_URL, v.DATABASE_DIRECT_URL].flatMap((url) => (url ? [decodeURIComponent(new URL(url).password)] : []));
  return {
    production,
    demo: v.PONTE_DEMO ?? (bare && !production),
    gestaoClick: {
      apiUrl: v.GESTAO_CLICK_API_URL,
      timeoutMs: v.GESTAO_CLICK_TIMEOUT ?? v.TIMEOUT,
      retryAttempts: v.GESTAO_CLICK_RETRY_ATTEMPTS,
      retryDelayMs: v.GESTAO_CLICK_RETRY_DELAY,
      debug: v.GESTAO_CLICK_DEBUG,
      credentials: v.GESTAO_CLICK_API_KEY && v.GESTAO_CLICK_SECRET_TOKEN ? { accessToken: v.GESTAO_CLICK_API_KEY, secretToken: v.GESTAO_CLICK_SECRET_TOKEN } : null,
      statusOutcomes: v.GESTAO_CLICK_STATUS_OUTCOMES ?? {},
      openTitlesPastDays: v.GESTAO_CLICK_OPEN_TITLES_DAYS,
    },
    kommo: {
      apiUrl: v.KOMMO_API_URL,
      timeoutMs: v.KOMMO_TIMEOUT ?? v.TIMEOUT,
      retryAttempts: v.KOMMO_RETRY_ATTEMPTS,
      retryDelayMs: v.KOMMO_RETRY_DELAY,
      debug: v.KOMMO_DEBUG,
      credentials: v.KOMMO_JWT_TOKEN ? { token: v.KOMMO_JWT_TOKEN } : null,
    },
    database: v.DATABASE_URL ? { url: v.DATABASE_URL, directUrl: v.DATABASE_DIRECT_URL ?? v.DATABASE_URL } : null,
    dataDir: v.DATA_DIR,
    port: v.PORT,
    host: v.HOST,
    logLevel: v.LOG_LEVEL,
    telemetry: {
      operations: v.LOG_OPERATIONS,
      slowMs: v.LOG_SLOW_MS,
      traces: v.OTEL_EXPORTER_OTLP_ENDPOINT ? { endpoint: v.OTEL_EXPORTER_OTLP_ENDPOINT, headers: v.OTEL_EXPORTER_OTLP_HEADERS ?? {}, ratio: v.OTEL_TRACES_SAMPLER_ARG } : null,
    },
    supergraphPath: v.SUPERGRAPH_PATH ?? null,
    queryPlanner: v.QUERY_PLANNER,
    corsOrigins: v.CORS_ORIGINS,
    trustProxy: v.TRUST_PROXY,
    auth: {
      apiKeys: v.AUTH_API_KEYS,
      tokens: v.AUTH_JWKS_URL && v.AUTH_ISSUER && v.AUTH_AUDIENCE ? { jwksUrl: v.AUTH_JWKS_URL, issuer: v.AUTH_ISSUER, audience: v.AUTH_AUDIENCE, walletsClaim: v.AUTH_WALLETS_CLAIM } : null,
    },
    introspection: v.INTROSPECTION,
    sandbox: v.SANDBOX,
    maxBodyBytes: v.MAX_BODY_KB * 1024,
    limits: {
      operation: {
        maxDepth: v.QUERY_MAX_DEPTH,
        maxAliases: v.QUERY_MAX_ALIASES,
        maxDirectives: v.QUERY_MAX_DIRECTIVES,
        maxSelections: v.QUERY_MAX_FIELDS,
        maxRootFields: v.QUERY_MAX_ROOT_FIELDS,
        maxTokens: v.QUERY_MAX_TOKENS,
        maxPrice: v.QUERY_MAX_COST,
      },
      rates: { perCaller: v.RATE_LIMIT, perAddress: v.RATE_LIMIT_IP, pricePerCaller: v.RATE_LIMIT_COST },
      overload: { lagMs: v.OVERLOAD_LAG_MS, requests: v.OVERLOAD_REQUESTS },
    },
    trustedDocuments: v.TRUSTED_DOCUMENTS,
    automaticQueries: v.APQ,
    responseCacheBytes: v.RESPONSE_CACHE_MB * 1024 * 1024,
    key: v.PONTE_KEY ?? null,
    allowedHosts: v.ALLOWED_HOSTS,
    subgraphSecret: v.SUBGRAPH_SECRET ?? null,
    tls: v.TLS_CERT_PATH && v.TLS_KEY_PATH ? { certPath: v.TLS_CERT_PATH, keyPath: v.TLS_KEY_PATH } : null,
    subgraphUrls: Object.fromEntries(Object.entries(urls).filter(([, url]) => url !== undefined)),
    secrets: [v.GESTAO_CLICK_API_KEY, v.GESTAO_CLICK_SECRET_TOKEN, v.KOMMO_JWT_TOKEN, v.DATABASE_URL, v.DATABASE_DIRECT_URL, v.SUBGRAPH_SECRET, v.PONTE_KEY, ...Object.values(v.OTEL_EXPORTER_OTLP_HEADERS ?? {}), ...databasePassword].filter((s): s is string => Boolean(s)),
  };
}
