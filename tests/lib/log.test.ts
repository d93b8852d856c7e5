import { describe, expect, test } from 'vitest';
import { createLogger, hideSecrets } from '../../lib/log.ts';

const TOKEN = 'a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f6a7b8c9d0';
const PASSWORD = 'p@ss word/1';
const JWT = 'eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJhY2NvdW50X2lkIjoxMjM0NX0.c2lnbmF0dXJlLXNpZ25hdHVyZQ';

/** Every line that a logger at this level prints. */
function capture(level: 'debug' | 'info' = 'debug') {
  const lines: string[] = [];
  const log = createLogger({ level, secrets: [TOKEN, PASSWORD], destination: { write: (line) => void lines.push(line) } });
  return { log, lines };
}

describe('log', () => {
  test('a line is JSON: time, level, attributes, sentence', () => {
    const { log, lines } = capture();
    log.child({ run: 7 }).info({ pages: 3 }, 'Page written');
    expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'info', run: 7, pages: 3, msg: 'Page written' });
  });

  test('no secret passes, wherever it hides, at any level', () => {
    const { log, lines } = capture();
    const cause = Object.assign(new Error(`GET https://h/x?access-token=${TOKEN} failed`), { url: `postgres://u:${encodeURIComponent(PASSWORD)}@h/d` });
    const error = new Error(`Bearer ${JWT} refused for ${PASSWORD}`, { cause });
    for (const level of ['error', 'warn', 'info', 'debug'] as const) {
      log[level]({ error, headers: { Authorization: `Bearer ${JWT}`, 'secret-access-token': 'short' }, body: JSON.stringify({ token: TOKEN, p: PASSWORD }), list: [[`x${TOKEN}x`]] }, `sentence ${TOKEN}`);
      log.child({ url: `https://h/?t=${TOKEN}` })[level]({ accessToken: 'other-value-1', deep: { jwt: JWT } }, 'child');
    }
    const all = lines.join('');
    expect(lines).toHaveLength(8);
    for (const secret of [TOKEN, PASSWORD, encodeURIComponent(PASSWORD), JWT, 'other-value-1', '"short"']) expect(all).not.toContain(secret);
    expect(all).toContain('[hidden]');
  });

  test('secret shapes are hidden without being known', () => {
    const hide = hideSecrets();
    expect(hide(`Authorization: Bearer ${JWT}`)).not.toContain('eyJ');
    expect(hide(`x-api-key: ponte_0a1b2c3d_${'Zz_-9'.repeat(8)}abc was refused`)).toBe('x-api-key: ponte_0a1b2c3d_[hidden] was refused');
    expect(hide('postgresql://ponte:hunter22@db:5432/x')).toBe('postgresql://ponte:[hidden]@db:5432/x');
    expect(hide('secret-access-token: 0123456789abcdef')).not.toContain('0123456789abcdef');
    expect(hide('nothing to hide here')).toBe('nothing to hide here');
  });

  test('levels below the chosen one are silent', () => {
    const { log, lines } = capture('info');
    log.debug({}, 'not this');
    expect(lines).toEqual([]);
  });
});
