// What an answer to a bad request may be: any refusal that is documented. Never a failure of our own, and nothing that tells how
// the server is made.
import type { Outcome } from './shot.ts';

/** Statuses from 500 on that have a meaning, with the codes that may stand in their answers. */
const DOCUMENTED: Readonly<Record<number, readonly string[]>> = {
  501: [], // an unknown transfer encoding
  503: ['OVERLOADED', 'SUBGRAPH_UNAVAILABLE', 'PROVIDER_UNAVAILABLE', 'PROVIDER_BLOCKED'],
  504: ['DEADLINE_EXCEEDED', 'PROVIDER_TIMEOUT'],
  505: [], // another version of HTTP
};

/** What stacks, statements, files and addresses look like. */
const LEAKS: readonly (readonly [string, RegExp])[] = [
  ['a stack', /(?:\n|\\n) {2,8}at .{1,300}:\d+:\d+|node:internal|node_modules/],
  ['a file', /\/work\/|\/home\/|\w\.ts:\d+/],
  ['a statement', /\bSELECT\b.{0,200}\bFROM\b|\bINSERT INTO\b|syntax error at or near|invalid input syntax|column ".*" does not exist/s],
  ['an address', /postgres(ql)?:\/\/|127\.0\.0\.1:5\d{3}/],
  ['a failure in words of the machine', /RangeError|TypeError|ReferenceError|Maximum call stack|Cannot read propert|is not a function|ECONNREFUSED/],
];

export interface Verdict {
  readonly status: number | null;
  /** Null: as it should be. */
  readonly problem: string | null;
}

export function judge({ received, hung }: Outcome, secrets: readonly string[]): Verdict {
  const text = received.toString('utf8');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? Number.NaN);
  const verdict = (problem: string | null): Verdict => ({ status: Number.isNaN(status) ? null : status, problem });
  if (hung) return verdict('no answer came');
  const secret = secrets.find((value) => text.includes(value));
  if (secret !== undefined) return verdict('a secret is in the answer');
  const leak = LEAKS.find(([, pattern]) => pattern.test(text));
  if (leak) return verdict(`${leak[0]} is in the answer`);
  if (text.includes('INTERNAL_SERVER_ERROR')) return verdict('it failed on our side');
  if (status >= 500) {
    const codes = DOCUMENTED[status];
    // The answer to a HEAD has no body for a code: it says when to come back.
    const said = !codes || codes.length === 0 || codes.some((code) => text.includes(code)) || (text.endsWith('\r\n\r\n') && /\r\nretry-after: \d/i.test(text));
    if (!codes || !said) return verdict(`status ${status} is not documented`);
  }
  return verdict(null);
}
