// Titles that are still open are followed however old they are: incremental runs begin at the oldest.
import { afterEach, describe, expect, test } from 'vitest';
import { createOldestOpenTitle, type GestaoClickOptions } from '../../connectors/gestao-click/index.ts';
import { recordId } from '../../lib/ids.ts';
import { createTestDatabase } from '../support/database.ts';
import { Bench, context, read, streamOf, WALLET } from './gestao-click-reading.ts';

const bench = new Bench();
afterEach(() => bench.close());

const about = (more: object = {}) => context({ mode: 'INCREMENTAL', watermark: { at: '2026-09-25T12:00:00.000Z' }, ...more });
const LOOKBACK = '2026-07-27';

async function windowOf(options: Partial<GestaoClickOptions>, name = 'receivables', run = about()): Promise<string[]> {
  const simulator = await bench.simulator();
  const partitions = await streamOf(bench.connector(simulator.url, options), name).partitions(run);
  return [...new Set(partitions.map(({ params }) => String(params['data_inicio'])))];
}

describe('incremental windows of titles', () => {
  test('begin at the oldest open title, each kind at its own', async () => {
    const oldestOpenTitle: GestaoClickOptions['oldestOpenTitle'] = async (_wallet, direction) => (direction === 'PAYABLE' ? '2025-11-03' : '2026-02-14');
    expect(await windowOf({ oldestOpenTitle })).toEqual(['2026-02-14']);
    expect(await windowOf({ oldestOpenTitle }, 'payables')).toEqual(['2025-11-03']);
  });

  test.each<[string, Partial<GestaoClickOptions>, object, string]>([
    ['nobody can tell', {}, {}, LOOKBACK],
    ['none is open', { oldestOpenTitle: async () => null }, {}, LOOKBACK],
    ['the oldest is younger', { oldestOpenTitle: async () => '2026-09-01' }, {}, LOOKBACK],
    ['the caller names an instant', { oldestOpenTitle: async () => '2025-01-01' }, { since: new Date('2026-09-10T12:00:00Z') }, '2026-09-10'],
    ['all is read', { oldestOpenTitle: async () => '2025-01-01' }, { mode: 'FULL' }, '2016-09-29'],
    ['nothing was read before', { oldestOpenTitle: async () => '2025-01-01' }, { watermark: null }, '2016-09-29'],
  ])('begin elsewhere where %s', async (_what, options, more, from) => {
    expect(await windowOf(options, 'receivables', about(more))).toEqual([from]);
  });

  test('ask for titles due within the most days, once for a run: a plan made again is the same', async () => {
    const asked: unknown[] = [];
    const days = ['2026-01-05', '2026-06-05'];
    const simulator = await bench.simulator();
    const oldestOpenTitle: GestaoClickOptions['oldestOpenTitle'] = async (...input) => (asked.push(input), days[asked.length - 1] ?? null);
    const stream = streamOf(bench.connector(simulator.url, { oldestOpenTitle, openTitlesPastDays: 300 }), 'receivables');
    const first = await stream.partitions(about());
    expect(await stream.partitions(about())).toEqual(first);
    expect(asked).toEqual([[WALLET, 'RECEIVABLE', '2025-12-04']]);
    const [next] = await stream.partitions(about({ startedAt: new Date('2026-10-01T15:00:00Z') }));
    expect(next?.params['data_inicio']).toBe('2026-06-05');
  });

  test('ask again after a failure', async () => {
    const simulator = await bench.simulator();
    let calls = 0;
    const oldestOpenTitle = async () => {
      if (calls++ === 0) throw new Error('Connection terminated');
      return '2026-03-01';
    };
    const stream = streamOf(bench.connector(simulator.url, { oldestOpenTitle }), 'receivables');
    await expect(stream.partitions(about())).rejects.toThrow('Connection terminated');
    expect((await stream.partitions(about()))[0]?.params['data_inicio']).toBe('2026-03-01');
  });

  test('show a title that was due long ago and is paid now with an old day', async () => {
    const simulator = await bench.simulator();
    const where = { data_inicio: '2026-01-01', data_fim: '2026-12-31' };
    const { ids } = simulator.control.mutate({ action: 'create', table: 'recebimentos', where, fields: { data_vencimento: '2026-01-20', liquidado: '0', data_liquidacao: null } }) as { ids: string[] };
    const stream = streamOf(bench.connector(simulator.url, { oldestOpenTitle: async () => '2026-01-20' }), 'receivables');
    simulator.control.mutate({ action: 'update', table: 'recebimentos', id: ids[0], fields: { liquidado: '1', data_liquidacao: '2026-02-01' } });
    const title = (await read(stream, about())).records.find(({ externalId }) => externalId === ids[0]);
    expect(title?.row).toMatchObject({ settled: true, due_date: '2026-01-20', paid_at: '2026-02-01' });
    const blind = await read(streamOf(bench.connector(simulator.url), 'receivables'), about());
    expect(blind.records.some(({ externalId }) => externalId === ids[0])).toBe(false);
  });
});

describe('the oldest open title of the copy', () => {
  test('is a title of that wallet and kind, open, due within the days that count', async () => {
    const database = await createTestDatabase();
    bench.add(() => database.drop());
    const other = recordId(WALLET, 'wallet', 'other');
    const rows: [string, string, string, string, boolean][] = [
      [WALLET, 'TITLE', 'RECEIVABLE', '2024-01-01', false],
      [WALLET, 'TITLE', 'RECEIVABLE', '2026-01-01', true],
      [WALLET, 'INSTALMENT', 'RECEIVABLE', '2026-01-02', false],
      [other, 'TITLE', 'RECEIVABLE', '2026-01-03', false],
      [WALLET, 'TITLE', 'PAYABLE', '2026-01-04', false],
      [WALLET, 'TITLE', 'RECEIVABLE', '2026-01-05', false],
      [WALLET, 'TITLE', 'RECEIVABLE', '2026-01-06', false],
    ];
    for (const [position, [wallet, origin, direction, due, settled]] of rows.entries()) {
      await database.pool.query(
        `INSERT INTO gestao_click.payment (id, wallet_id, external_id, origin, direction, amount, net_amount, settled, due_date, search_text, metadata, content_hash)
         VALUES ($1, $2, $3, $4, $5, 1, 1, $6, $7, '', '{}', '')`,
        [recordId(wallet, 'title', String(position)), wallet, String(position), origin, direction, settled, due],
      );
    }
    const oldest = createOldestOpenTitle(database.pool);
    expect(await oldest(WALLET, 'RECEIVABLE', '2025-01-01')).toBe('2026-01-05');
    expect(await oldest(WALLET, 'PAYABLE', '2025-01-01')).toBe('2026-01-04');
    expect(await oldest(WALLET, 'RECEIVABLE', '2023-01-01')).toBe('2024-01-01');
    expect(await oldest(WALLET, 'PAYABLE', '2026-01-05')).toBeNull();
  });
});
