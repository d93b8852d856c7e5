// A million sales: pages far into the list are made alone, and nothing is kept but arrays of ids.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGestaoClickSimulator } from '../../simulators/gestao-click/index.ts';
import type { GestaoClickSimulator } from '../../simulators/gestao-click/index.ts';
import { createWorld } from '../../simulators/world/index.ts';
import type { World } from '../../simulators/world/index.ts';
import { page, TODAY, TOKENS } from './gestao-click-client.ts';

let world: World;
let sim: GestaoClickSimulator;
let made = 0;

beforeAll(async () => {
  // One store, and the sizes of a large company; counts how many sales are made.
  world = createWorld({ preset: 'huge', stores: 1, today: TODAY });
  const record = world.saleRecords.record.bind(world.saleRecords);
  world.saleRecords.record = (index) => {
    made += 1;
    return record(index);
  };
  sim = await startGestaoClickSimulator({ world, limits: false, ...TOKENS });
});
afterAll(() => sim.close());

const totals = (rows: Record<string, unknown>[]): number[] => rows.map((row) => Number(row['id']));

describe('a company with a million sales', () => {
  it('makes the rows of a page, and no others', async () => {
    made = 0;
    const first = await page(sim, '/vendas?limite=100&pagina=1');
    const far = await page(sim, '/vendas?limite=100&pagina=6000');
    expect(made).toBe(200);
    expect(Number(first.meta['total_registros'])).toBeGreaterThan(600_000);
    expect(far.data).toHaveLength(100);
    expect(Math.max(...totals(far.data))).toBeLessThan(Math.min(...totals(first.data)));
  });

  it('finds a window and a number without making sales', async () => {
    made = 0;
    const day = await page(sim, `/vendas?limite=100&data_inicio=2026-06-10&data_fim=2026-06-10`);
    expect(Number(day.meta['total_registros'])).toBeGreaterThan(500);
    const code = String(day.data[0]?.['codigo']);
    expect((await page(sim, `/vendas?codigo=${code}`)).data[0]?.['codigo']).toBe(code);
    expect(made).toBeLessThanOrEqual(102);
  });

  it('pages through two million titles by effective date', async () => {
    made = 0;
    const query = 'data_inicio=2020-01-01&data_fim=2030-01-01&limite=100';
    const first = await page(sim, `/recebimentos?${query}`);
    const pages = Number(first.meta['total_paginas']);
    expect(pages).toBeGreaterThan(20_000);
    const middle = await page(sim, `/recebimentos?${query}&pagina=9000`);
    const last = await page(sim, `/recebimentos?${query}&pagina=${pages}`);
    const effective = (row: Record<string, unknown> | undefined): string =>
      String(row?.['data_liquidacao'] ?? row?.['data_vencimento']);
    expect(
      effective(first.data[0]) < effective(middle.data[0]) &&
        effective(middle.data[0]) < effective(last.data[0]),
    ).toBe(true);
    expect(made).toBeLessThanOrEqual(300);
  });

  it('keeps a few dozen bytes per sale', async () => {
    await page(sim, '/clientes?limite=100&pagina=3000');
    const { arrayBuffers, heapUsed } = process.memoryUsage();
    expect(arrayBuffers).toBeLessThan(80 * 1024 * 1024);
    expect(heapUsed).toBeLessThan(250 * 1024 * 1024);
  });

  it('holds 300,000 clients on both sides, each found from the other', () => {
    for (const index of [0, 1, 123_456, 299_979]) {
      const { contactIndex } = world.client(index);
      if (contactIndex !== null)
        expect(world.contact(contactIndex)).toMatchObject({ kind: 'client', of: index });
    }
    expect(world.contactCount).toBeGreaterThan(270_000);
  });
});
