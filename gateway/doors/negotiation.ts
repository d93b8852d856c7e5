// What a client can read, from its Accept header: one whole answer, an answer in parts, or a stream.
export const JSON_TYPE = 'application/json';
export const RESPONSE_TYPE = 'application/graphql-response+json';

export interface Wish {
  /** For an answer in one piece; null where the client reads none that we write. */
  readonly whole: typeof JSON_TYPE | typeof RESPONSE_TYPE | null;
  /** `application/json` was asked for by name: such clients read GraphQL errors from answers with status 200 only. */
  readonly legacy: boolean;
  /** Reads `multipart/mixed; deferSpec=20220824`. */
  readonly parts: boolean;
  /** How it reads a subscription. */
  readonly stream: 'multipart' | 'sse' | null;
}

interface Range {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const unquote = (text: string): string => text.replace(/^"(.*)"$/, '$1');

function rangeOf(text: string): Range {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map(
    rest.map((parameter) => {
      const at = parameter.indexOf('=');
      return at < 0 ? [parameter.toLowerCase(), ''] : [parameter.slice(0, at).trim().toLowerCase(), unquote(parameter.slice(at + 1).trim())];
    }),
  );
  const quality = Number(parameters.get('q') ?? 1);
  return { type: type.toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 0 };
}

const readable = ({ quality, parameters }: Range): boolean => quality > 0 && ['utf-8', 'utf8'].includes((parameters.get('charset') ?? 'utf-8').toLowerCase());

function read(accept: string): Wish {
  const ranges = accept.split(',').map(rangeOf).filter(readable);
  const best = (types: readonly string[]) => Math.max(0, ...ranges.filter(({ type }) => types.includes(type)).map(({ quality }) => quality));
  const response = best([RESPONSE_TYPE]);
  const named = best([JSON_TYPE]);
  const any = best(['application/*', '*/*']);
  const json = Math.max(named, any);
  const multipart = ranges.filter(({ type }) => type === 'multipart/mixed');
  return {
    whole: response > 0 && response >= named ? RESPONSE_TYPE : json > 0 ? JSON_TYPE : null,
    legacy: named > 0 && named > response,
    parts: multipart.some(({ parameters }) => parameters.get('deferspec') === '20220824'),
    stream: multipart.some(({ parameters }) => parameters.get('subscriptionspec') === '1.0') ? 'multipart' : best(['text/event-stream']) > 0 ? 'sse' : null,
  };
}

const ANYTHING = read('*/*');
/** What SSE clients get on a path of their own, whatever they accept. */
export const EVENTS_ONLY: Wish = { whole: null, legacy: false, parts: false, stream: 'sse' };

/** Clients send a handful of different headers; whoever sends more pays for the reading. */
const KNOWN_LIMIT = 100;
const LONGEST = 1_000;
const known = new Map<string, Wish>();

export function negotiate(accept: string | undefined): Wish {
  if (accept === undefined || accept === '' || accept === '*/*') return ANYTHING;
  const found = known.get(accept);
  if (found) return found;
  const wish = read(accept.slice(0, LONGEST));
  if (known.size < KNOWN_LIMIT && accept.length <= LONGEST) known.set(accept, wish);
  return wish;
}
