// Nothing that looks like a real secret stands in the repository.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');

/** Tests that need something of a token's shape to show that it never gets out. */
const MADE_UP = { 'tests/lib/http-client.test.ts': 'made up', 'tests/lib/log.test.ts': 'made up' };

/** What a secret looks like, and the files that hold one on purpose, with the reason. */
const SHAPES: readonly { what: string; pattern: RegExp; allowed: Readonly<Record<string, string>> }[] = [
  { what: 'a signed JSON Web Token', pattern: /eyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{40,}/, allowed: {} },
  { what: 'a 40-digit token of the ERP', pattern: /(?<![\w/@#.-])[0-9a-f]{40}(?![\w-])/, allowed: MADE_UP },
  { what: 'a key of the API', pattern: /\bponte_[0-9a-f]{8}_[\w-]{43}(?![\w-])/, allowed: {} },
  {
    what: 'a private key',
    pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
    allowed: { 'tests/support/tls.ts': 'a self-signed certificate for 127.0.0.1, used by tests only', 'tests/architecture/secrets.test.ts': 'this pattern' },
  },
  { what: 'a cloud key', pattern: /\b(AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|npm_[A-Za-z0-9]{36})\b/, allowed: {} },
];

const files = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' }).split('\0').filter((name) => name !== '' && name !== 'package-lock.json');

test('the shapes are recognized', () => {
  const token = ['eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9', 'eyJhY2NvdW50X2lkIjoxMjM0NTY3ODkwfQ', 'c'.repeat(43)].join('.');
  expect(SHAPES[0]!.pattern.test(`KOMMO_JWT_TOKEN=${token}`)).toBe(true);
  expect(SHAPES[1]!.pattern.test(`token: ${'0a'.repeat(20)}`)).toBe(true);
  expect(SHAPES[2]!.pattern.test(`x-api-key: ponte_${'0a'.repeat(4)}_${'Zz_-9'.repeat(8)}abc`)).toBe(true);
  expect(files.length).toBeGreaterThan(100);
});

test.each(SHAPES)('no file holds $what', ({ pattern, allowed }) => {
  const found = files.filter((name) => !(name in allowed) && pattern.test(readFileSync(resolve(ROOT, name), 'utf8')));
  expect(found).toEqual([]);
});

test('no .env file with values is kept', () => {
  expect(files.filter((name) => /(^|\/)\.env(\.|$)/.test(name))).toEqual(['.env.example']);
});
