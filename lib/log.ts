// Logs: constant sentences with attributes. Secrets are hidden twice: by key (whatever is called token, authorization ...)
// and by value (every secret that the configuration knows, wherever it appears: in a URL, an error, a stack, a body).
import { pino, type DestinationStream, type Logger as PinoLogger } from 'pino';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

/** What the folders of Ponte log through. Attributes first, then one constant sentence. */
export interface Logger {
  error(attributes: object, sentence: string): void;
  warn(attributes: object, sentence: string): void;
  info(attributes: object, sentence: string): void;
  debug(attributes: object, sentence: string): void;
  /** Whether lines of this level are written at all, for whoever would have to put them together first. */
  writes?(level: 'error' | 'warn' | 'info' | 'debug'): boolean;
  /** A logger that adds these attributes to each line. */
  child(attributes: object): Logger;
}

export interface LogOptions {
  level?: LogLevel;
  /** Values that must never be printed (tokens, passwords). Shorter than 6 characters are not looked for. */
  secrets?: readonly string[];
  /** Where the lines go; default stdout. */
  destination?: DestinationStream;
}

const HIDDEN = '[hidden]';
const SECRET_KEYS =
  /^(authorization|cookie|set-cookie|x-refresh-token|x-api-key|x-ponte-secret|(secret-)?access-?token|secret-?token|secret_access_token|access_token|api-?key|password|jwt|token|client_secret|refresh_token)$/i;
/** Shapes of secrets that no configuration names: keys of the API (their start may be seen), JSON Web Tokens, bearer headers, passwords inside database URLs. */
const SECRET_SHAPES: readonly [RegExp, string][] = [
  [/\b(ponte_[0-9a-f]{8}_)[\w-]{8,}/g, `$1${HIDDEN}`],
  [/eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*/g, HIDDEN],
  [/(bearer\s+)[\w.~+/-]{8,}=*/gi, `$1${HIDDEN}`],
  [/(\w+:\/\/[^/\s:@]*:)[^@\s/]+@/g, `$1${HIDDEN}@`],
  [/((?:secret-)?access[-_]?token["'=:\s]{1,4})[\w.-]{8,}/gi, `$1${HIDDEN}`],
];
/** Part of every one of these shapes: most texts hold none of it, and are looked at once. */
const SUSPICIOUS = /ponte_|eyJ|bearer|:\/\/|access/i;

/** A function that takes known secrets, and what looks like one, out of a text. */
export function hideSecrets(secrets: readonly string[] = []): (text: string) => string {
  const values = secrets.filter((s) => s.length >= 6).flatMap((s) => [...new Set([s, encodeURIComponent(s), JSON.stringify(s).slice(1, -1)])]);
  return (text) => {
    let clean = text;
    for (const value of values) clean = clean.replaceAll(value, HIDDEN);
    if (SUSPICIOUS.test(clean)) for (const [shape, replacement] of SECRET_SHAPES) clean = clean.replace(shape, replacement);
    return clean;
  };
}

/** A copy of any value in which every string is clean and every secret key is hidden; errors become plain objects. */
function clean(value: unknown, hide: (text: string) => string, depth = 0): unknown {
  if (typeof value === 'string') return hide(value);
  if (value === null || typeof value !== 'object') return typeof value === 'bigint' ? String(value) : value;
  if (depth > 6) return '[deep]';
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    const rest = Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'name'));
    return clean({ name, message, ...rest, stack, ...(cause === undefined ? {} : { cause }) }, hide, depth + 1);
  }
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map((item) => clean(item, hide, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, SECRET_KEYS.test(key) && item != null ? HIDDEN : clean(item, hide, depth + 1)]));
}

function wrap(target: PinoLogger, hide: (text: string) => string): Logger {
  const at = (level: 'error' | 'warn' | 'info' | 'debug') => (attributes: object, sentence: string) => {
    if (target.isLevelEnabled(level)) target[level](clean(attributes, hide) as object, hide(sentence));
  };
  return {
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    writes: (level) => target.isLevelEnabled(level),
    child: (attributes) => wrap(target.child(clean(attributes, hide) as object), hide),
  };
}

/** JSON lines on stdout (or `destination`), one per event. */
export function createLogger({ level = 'info', secrets = [], destination }: LogOptions = {}): Logger {
  const options = { level, base: null, timestamp: () => `,"time":"${new Date().toISOString()}"`, formatters: { level: (label: string) => ({ level: label }) } };
  return wrap(destination ? pino(options, destination) : pino(options), hideSecrets(secrets));
}

/** Says nothing; for tests and one-shot commands. */
export const silentLogger: Logger = { error() {}, warn() {}, info() {}, debug() {}, child: () => silentLogger };
