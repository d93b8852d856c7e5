// Log lines for people.
import { describe, expect, test } from 'vitest';
import { createTerminalLogger, shortLine } from '../../cli/terminal.ts';

const TIME = '2026-03-01T14:03:20.123Z';
const clock = new Date(TIME).toTimeString().slice(0, 8);

describe('a log line, made short', () => {
  test.each([
    ['level, time, sentence', { level: 'info', time: TIME, msg: 'The worker takes work' }, `${clock} info  The worker takes work\n`],
    ['attributes', { level: 'warn', time: TIME, run: 7, stream: 'sales', list: [1, 'a'], none: null, msg: 'Page failed' }, `${clock} warn  Page failed  run=7 stream=sales list=[1,"a"] none=null\n`],
    ['of an error only its message', { level: 'error', time: TIME, error: { name: 'Error', message: 'no "answer"', stack: 'Error: no\n  at x' }, msg: 'It broke' }, `${clock} ERROR It broke  error="no \\"answer\\""\n`],
    ['a level without a mark', { level: 'trace', time: TIME, msg: 'x' }, `${clock} trace x\n`],
  ])('shows %s', (_what, line, expected) => {
    expect(shortLine(JSON.stringify(line))).toBe(expected);
  });

  test('the logger of a command writes where it is told, hides secrets, keeps to its level', () => {
    const lines: string[] = [];
    const log = createTerminalLogger('info', ['s3cret-77be01'], (line) => void lines.push(line));
    log.debug({}, 'not this');
    log.info({ url: 'https://x/?k=s3cret-77be01', token: 'abc' }, 'A request');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('A request');
    expect(lines[0]).not.toMatch(/s3cret-77be01|abc/);
  });
});
