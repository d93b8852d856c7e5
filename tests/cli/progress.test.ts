// What a person sees of a run: a summary, lines for pipes, bars for terminals.
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createProgressView, isOver, summary, type ShownRun } from '../../cli/progress.ts';

type Stream = ShownRun['streams'][number];

const stream = (name: string, values: Partial<Stream> = {}): Stream => ({ name, status: 'RUNNING', fetched: 0, total: null, written: 0, rejected: 0, outcome: null, message: null, ...values });
const run = (values: Partial<ShownRun> = {}): ShownRun => ({
  id: 'run-1',
  provider: 'KOMMO',
  status: 'RUNNING',
  waitingFor: null,
  resumesAt: null,
  progress: { percent: null, fetched: 0, written: 0, unchanged: 0, rejected: 0, etaSeconds: null },
  streams: [],
  error: null,
  ...values,
});

/** A stream that keeps what is written to it. */
function screen(terminal: boolean): { stream: NodeJS.WriteStream; text(): string; lines(): string[] } {
  let text = '';
  const through = new PassThrough();
  through.setEncoding('utf8').on('data', (part: string) => (text += part));
  const fake = Object.assign(through, { isTTY: terminal, columns: 120, rows: 40 }) as unknown as NodeJS.WriteStream;
  return { stream: fake, text: () => text, lines: () => text.split('\n').filter(Boolean) };
}

describe('the summary of a run', () => {
  test.each([
    ['what was read', run({ status: 'SUCCEEDED', progress: { ...run().progress, fetched: 2431, written: 2400, unchanged: 31 } }), 'Kommo: SUCCEEDED, 2,431 records read, 2,400 rows written, 31 unchanged'],
    ['rejected records', run({ provider: 'GESTAO_CLICK', status: 'SUCCEEDED', progress: { ...run().progress, rejected: 2 } }), 'Gestão Click: SUCCEEDED, 0 records read, 0 rows written, 0 unchanged, 2 rejected (see deadLetters)'],
    ['streams that failed', run({ status: 'PARTIAL', streams: [stream('contacts', { status: 'SUCCEEDED' }), stream('deals', { status: 'FAILED', message: 'no answer' })] }), 'Kommo: PARTIAL, 0 records read, 0 rows written, 0 unchanged\n  deals: no answer'],
    ['the error and its hint', run({ status: 'FAILED', error: { message: 'The token is refused.', hint: 'Make a new one.' } }), 'Kommo: FAILED, 0 records read, 0 rows written, 0 unchanged\n  The token is refused. Make a new one.'],
    ['an error without a hint', run({ status: 'FAILED', error: { message: 'Broken.', hint: null } }), 'Kommo: FAILED, 0 records read, 0 rows written, 0 unchanged\n  Broken.'],
    ['a provider that it does not know', run({ provider: 'OTHER', status: 'CANCELLED' }), 'OTHER: CANCELLED, 0 records read, 0 rows written, 0 unchanged'],
  ])('tells %s', (_what, shown, expected) => {
    expect(summary(shown)).toBe(expected);
  });

  test('a run is over in four states', () => {
    const states = ['QUEUED', 'RUNNING', 'WAITING', 'SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED'];
    expect(states.filter((status) => isOver({ status }))).toEqual(['SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED']);
  });
});

describe('lines, where there is no terminal', () => {
  test('one when a stream starts, passes a tenth, waits, ends; none twice', () => {
    const { stream: out, lines } = screen(false);
    const view = createProgressView(out);
    const show = (values: Partial<Stream>, more: Partial<ShownRun> = {}) => view.show(run({ streams: [stream('deals', values), stream('tags', { status: 'QUEUED' })], ...more }));
    show({ fetched: 0, total: 1000 });
    show({ fetched: 0, total: 1000 });
    show({ fetched: 50, total: 1000 });
    show({ fetched: 100, total: 1000 });
    show({ fetched: 150, total: 1000 });
    show({ fetched: 150, total: 1000 }, { status: 'WAITING', waitingFor: 'Kommo quota' });
    show({ fetched: 1000, total: 1000, status: 'SUCCEEDED', outcome: 'FEWER_THAN_USUAL' });
    view.line('a log line');
    view.close();
    expect(lines()).toEqual([
      'Kommo deals: running, 0/1000 records',
      'Kommo deals: running, 100/1000 records',
      'Kommo deals: waiting for Kommo quota, 150/1000 records',
      'Kommo deals: fewer than usual, 1000/1000 records',
      'a log line',
    ]);
  });

  test('streams without a total, and two runs with streams of one name', () => {
    const { stream: out, lines } = screen(false);
    const view = createProgressView(out);
    for (const fetched of [0, 250, 500]) view.show(run({ streams: [stream('contacts', { fetched })] }));
    view.show(run({ id: 'run-2', streams: [stream('contacts', { fetched: 7 })] }));
    view.show(run({ streams: [stream('contacts', { fetched: 500, status: 'FAILED' })] }));
    expect(lines()).toEqual(['Kommo contacts: running, 0 records', 'Kommo contacts: running, 7 records', 'Kommo contacts: failed, 500 records']);
  });
});

describe('bars, in a terminal', () => {
  test('one for each stream that is read; a stream that has ended leaves a line, once; log lines between them', () => {
    const { stream: out, text } = screen(true);
    const view = createProgressView(out);
    view.show(run({ streams: [stream('deals', { fetched: 40, total: 200 }), stream('tags', { status: 'QUEUED' })] }));
    view.line('a log line');
    view.show(run({ streams: [stream('deals', { fetched: 200, total: 200, status: 'SUCCEEDED', outcome: 'CHANGED' }), stream('tags', { status: 'SUCCEEDED', outcome: 'NOTHING_NEW' })] }));
    view.show(run({ streams: [stream('deals', { fetched: 200, total: 200, status: 'SUCCEEDED', outcome: 'CHANGED' })] }));
    view.close();
    const shown = text();
    expect(shown).toContain('a log line\n');
    expect(shown).toMatch(/Kommo +deals +\S+ 40\/200 running/);
    expect(shown.match(/Kommo +deals +200 records, changed\n/g)).toHaveLength(1);
    expect(shown).toMatch(/Kommo +tags +0 records, nothing new\n/);
    expect(shown.indexOf('a log line')).toBeLessThan(shown.indexOf('200 records'));
    expect(shown).toContain('\u001b['); // it draws over itself
    expect(shown).toContain('\u001b[?25h'); // and gives the cursor back
  });

  test('without bars, before the first and after the last, log lines are written at once', () => {
    const { stream: out, text } = screen(true);
    const view = createProgressView(out);
    view.line('before');
    expect(text()).toBe('before\n');
    view.show(run({ streams: [stream('deals', { fetched: 1, total: 1, status: 'SUCCEEDED' })] }));
    view.close();
    const drawn = text();
    view.line('after\n');
    view.close();
    expect(text()).toBe(`${drawn}after\n`); // and nothing is drawn twice
  });
});
