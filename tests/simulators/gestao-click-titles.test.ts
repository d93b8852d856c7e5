// Titles of the Gestão Click simulator: windows by effective date, stores, the disputed filter, sums.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GestaoClickSimulator } from '../../simulators/gestao-click/index.ts';
import { KINDS, STORES, TODAY, WIDE, cents, everything, startSimulator } from './gestao-click-client.ts';
import type { Json } from './gestao-click-client.ts';

let sim: GestaoClickSimulator;
beforeAll(async () => {
  sim = await startSimulator();
});
afterAll(() => sim.close());

describe('titles', () => {
  const effective = (row: Json): string =>
    String(row['liquidado'] === '1' ? row['data_liquidacao'] : row['data_vencimento']);

  it('without dates are those of the current month, by effective date, ascending', async () => {
    for (const name of ['recebimentos', 'pagamentos']) {
      const whole = await everything(sim, name, WIDE);
      const month = await everything(sim, name);
      expect(month.rows).toEqual(whole.rows.filter((row) => effective(row).startsWith(TODAY.slice(0, 7))));
      expect(month.rows.length).toBeGreaterThan(0);
      const dates = whole.rows.map(effective);
      expect(dates).toEqual([...dates].sort());
    }
  });

  it('are windowed by payment day if paid, by due day if not', async () => {
    const whole = await everything(sim, 'recebimentos', WIDE);
    const [from, to] = ['2026-09-10', '2026-12-10'];
    const window = await everything(sim, 'recebimentos', { data_inicio: from, data_fim: to });
    expect(window.rows).toEqual(whole.rows.filter((row) => effective(row) >= from && effective(row) <= to));
    expect(
      window.rows.some(
        (row) => row['liquidado'] === '1' && String(row['data_vencimento']) !== row['data_liquidacao'],
      ),
    ).toBe(true);
  });

  it('belong to one store, and name a sale of it', async () => {
    for (const loja_id of STORES) {
      const codes = new Set<unknown>();
      for (const tipo of KINDS)
        for (const row of (await everything(sim, 'vendas', { loja_id, tipo })).rows)
          if (row['situacao_financeiro'] === '1') codes.add(row['codigo']);
      const { rows } = await everything(sim, 'recebimentos', { loja_id, ...WIDE });
      const named = rows.filter((row) => /^Venda de nº \d{4}$/.test(String(row['descricao'])));
      expect(named.length).toBeGreaterThan(50);
      for (const row of named) {
        expect(codes.has(String(row['descricao']).slice('Venda de nº '.length))).toBe(true);
        expect(row['loja_id']).toBe(loja_id);
      }
    }
  });

  it('ignore `liquidado`, or honor it by a switch', async () => {
    const count = async (liquidado: string): Promise<number> =>
      (await everything(sim, 'recebimentos', { ...WIDE, liquidado })).total;
    const { rows } = await everything(sim, 'recebimentos', WIDE);
    expect(await count('ab')).toBe(rows.length);
    sim.turn({ liquidadoFilter: 'honored' });
    const [open, overdue, paid] = [await count('ab'), await count('at'), await count('pg')];
    sim.turn({ liquidadoFilter: 'ignored' });
    expect(paid).toBe(rows.filter((row) => row['liquidado'] === '1').length);
    expect(open).toBe(rows.length - paid);
    expect(overdue).toBe(
      rows.filter((row) => row['liquidado'] === '0' && String(row['data_vencimento']) < TODAY).length,
    );
    expect(await count('ab')).toBe(rows.length);
  });

  it('write the payment day of open titles as null, empty or not at all', async () => {
    const open = async (): Promise<Json | undefined> =>
      (await everything(sim, 'recebimentos', WIDE)).rows.find((row) => row['liquidado'] === '0');
    expect((await open())?.['data_liquidacao']).toBeNull();
    sim.turn({ openPaidDate: 'empty' });
    const empty = await open();
    sim.turn({ openPaidDate: 'absent' });
    const absent = await open();
    sim.turn({ openPaidDate: 'null' });
    expect(empty?.['data_liquidacao']).toBe('');
    expect(absent).not.toHaveProperty('data_liquidacao');
  });

  it('sum to valor + juros - desconto - both fees, for every kind of party', async () => {
    const rows = [
      ...(await everything(sim, 'recebimentos', WIDE)).rows,
      ...(await everything(sim, 'pagamentos', WIDE)).rows,
    ];
    for (const row of rows) {
      const of = (name: string): number => cents(row[name]);
      expect(of('valor_total')).toBe(
        of('valor') + of('juros') - of('desconto') - of('taxa_banco') - of('taxa_operadora'),
      );
    }
    expect(new Set(rows.map((row) => row['entidade']))).toEqual(new Set(['C', 'F', 'T', 'U', 'O']));
  });
});
