// The world keeps its promises: the same for the same seed, documents that pass, sums that are exact.
import { isValidCnpj, isValidCpf } from '@brazilian-utils/brazilian-utils';
import { describe, expect, it } from 'vitest';
import { createWorld, isValidDocument, Rng, Seed, dateOf } from '../../simulators/world/index.ts';

const TODAY = '2026-11-20';
const small = (seed: number | string = 1) => createWorld({ preset: 'small', seed, today: TODAY });

/** A fingerprint of everything that a world shows. */
function print(world: ReturnType<typeof createWorld>): string {
  const parts: unknown[] = [];
  for (let i = 0; i < 60; i++)
    parts.push(
      world.erpClient(i),
      world.crmContact(i),
      world.saleRecords.record(i),
      world.catalog.product(i % 40),
    );
  for (let i = 0; i < 20; i++)
    parts.push(world.titles.title({ of: 'payable', index: i }), world.quoteRecords.record(i));
  parts.push(world.salespeople.map((person) => [world.erpUser(person), world.crmUser(person)]));
  return JSON.stringify(parts);
}

describe('determinism', () => {
  it('gives the same world for the same seed and day', () => {
    expect(print(small())).toBe(print(small()));
  });

  it('gives another world for another seed', () => {
    expect(print(small(1))).not.toBe(print(small(2)));
    expect(print(small('a'))).not.toBe(print(small('b')));
  });

  it('gives a record the same content whatever was read before it', () => {
    const forwards = small();
    const backwards = small();
    const one = [10, 20, 30].map((i) => JSON.stringify(forwards.saleRecords.record(i)));
    const other = [30, 20, 10].map((i) => JSON.stringify(backwards.saleRecords.record(i))).reverse();
    expect(other).toEqual(one);
  });

  it('moves with the day: a year of sales up to today', () => {
    const world = createWorld({ preset: 'small', today: '2027-03-02' });
    expect(dateOf(world.sales.day(world.sales.count - 1)) <= '2027-03-02').toBe(true);
    expect(dateOf(world.sales.day(world.sales.count - 1)) >= '2027-02-20').toBe(true);
    expect(dateOf(world.sales.day(0)) >= '2026-03-01').toBe(true);
  });

  it('refuses sizes that make no company', () => {
    expect(() => createWorld({ stores: 0 })).toThrow(/stores/);
    expect(() => createWorld({ sales: 1.5 })).toThrow(/sales/);
  });
});

describe('randomness', () => {
  it('spreads draws evenly', () => {
    const seed = new Seed(7);
    const salt = seed.salt('any');
    const buckets = Array.from({ length: 16 }, () => 0);
    for (let i = 0; i < 64_000; i++) {
      const bucket = Math.floor(seed.unit(salt, i) * 16);
      buckets[bucket] = (buckets[bucket] as number) + 1;
    }
    for (const count of buckets) expect(Math.abs(count - 4000)).toBeLessThan(320);
  });

  it('scrambles without collisions', () => {
    const seed = new Seed(3);
    const seen = new Set(Array.from({ length: 10_000 }, (_, i) => seed.scramble('x', i, 10_000)));
    expect(seen.size).toBe(10_000);
  });

  it('keeps to the bounds that it is given', () => {
    const rng = new Rng(1);
    const values = Array.from({ length: 2000 }, () => rng.int(3, 5));
    expect([...new Set(values)].sort()).toEqual([3, 4, 5]);
  });
});

describe('people', () => {
  const world = createWorld({ clients: 2000, today: TODAY });
  const clients = Array.from({ length: 2000 }, (_, i) => world.client(i));
  const cnpjs = clients.flatMap((client) => (client.organization ? [client.organization.cnpj] : []));

  it('have CPFs and CNPJs whose check digits fit, by our own rule and by a library', () => {
    for (const { person } of clients)
      expect(isValidCpf(person.cpf) && isValidDocument(person.cpf)).toBe(true);
    for (const cnpj of cnpjs) expect(isValidDocument(cnpj)).toBe(true);
    for (const cnpj of cnpjs.filter((text) => /^\d+$/.test(text))) expect(isValidCnpj(cnpj)).toBe(true);
  });

  it('include alphanumeric CNPJs, which fail with another check digit', () => {
    const alphanumeric = cnpjs.filter((cnpj) => /[A-Z]/.test(cnpj));
    expect(alphanumeric.length / cnpjs.length).toBeGreaterThan(0.15);
    for (const cnpj of alphanumeric) {
      expect(cnpj).toMatch(/^[0-9A-Z]{12}\d{2}$/);
      expect(isValidDocument(`${cnpj.slice(0, 13)}${(Number(cnpj[13]) + 1) % 10}`)).toBe(false);
    }
    // The example of the tax authority's specification.
    expect(isValidDocument('12ABC34501DE35')).toBe(true);
  });

  it('share no document, e-mail or mobile', () => {
    expect(new Set(clients.map(({ person }) => person.cpf)).size).toBe(2000);
    expect(new Set(cnpjs).size).toBe(cnpjs.length);
    expect(new Set(clients.flatMap(({ person }) => person.emails)).size).toBe(
      clients.flatMap(({ person }) => person.emails).length,
    );
    expect(new Set(clients.map(({ person }) => person.mobile.area + person.mobile.subscriber)).size).toBe(
      2000,
    );
  });

  it('include homonyms and families with one landline', () => {
    const names = clients.map(({ person }) => person.name);
    expect(new Set(names).size).toBeLessThan(names.length);
    const landlines = clients.flatMap(({ person, organization }) =>
      person.landline && !organization ? [person.landline.subscriber] : [],
    );
    expect(new Set(landlines).size).toBeLessThan(landlines.length);
  });
});

describe('sales', () => {
  const world = createWorld({ today: TODAY });
  const sales = Array.from({ length: world.sales.count }, (_, i) => world.saleRecords.record(i));

  it('add up: items - discount + freight = total = instalments, to the cent', () => {
    for (const sale of sales) {
      const items = sale.lines.reduce((sum, line) => sum + line.totalCents, 0);
      expect(sale.productsCents + sale.servicesCents).toBe(items);
      expect(sale.totalCents).toBe(items - sale.discountCents + sale.freightCents);
      expect(sale.instalments.reduce((sum, { cents }) => sum + cents, 0)).toBe(sale.totalCents);
      expect(sale.instalments.every(({ cents }) => Number.isSafeInteger(cents) && cents > 0)).toBe(true);
    }
  });

  it('ascend in id, number and day', () => {
    for (let i = 1; i < sales.length; i++) {
      const [before, sale] = [sales[i - 1], sales[i]] as [(typeof sales)[0], (typeof sales)[0]];
      expect(sale.id).toBeGreaterThan(before.id);
      expect(sale.code).toBeGreaterThanOrEqual(before.code);
      expect(sale.day).toBeGreaterThanOrEqual(before.day);
    }
  });

  it('repeat a few numbers, between stores or kinds only, and say which sales bear them', () => {
    const repeated = sales.filter((sale) => world.sales.repeatsCode(sale.index));
    expect(repeated.length).toBeGreaterThan(3);
    expect(repeated.length).toBeLessThan(60);
    for (const sale of repeated) {
      const [first, second] = world.sales.indexesOfCode(sale.code).map((i) => sales[i]);
      expect(second?.index).toBe(sale.index);
      expect(first?.clientId).toBe(sale.clientId);
      expect(first?.store !== sale.store || first?.kind !== sale.kind).toBe(true);
    }
    expect(repeated.some((sale) => sales[sale.index - 1]?.store !== sale.store)).toBe(true);
    expect(repeated.some((sale) => sales[sale.index - 1]?.store === sale.store)).toBe(true);
  });

  it('include every awkward case', () => {
    expect(sales.some((sale) => sale.salesperson === null && sale.salespersonName !== '')).toBe(true);
    expect(sales.some((sale) => sale.lines.some((line) => line.itemId === null))).toBe(true);
    expect(sales.some((sale) => sale.clientId === null && / - \(/.test(sale.clientName))).toBe(true);
    expect(new Set(sales.map((sale) => sale.status.name)).size).toBe(6);
    expect(new Set(sales.map((sale) => sale.kind)).size).toBe(3);
  });
});

describe('titles', () => {
  const world = createWorld({ today: TODAY });

  it('come only from sales that launch finance, one per instalment', () => {
    for (let sale = 0; sale < 300; sale++) {
      const record = world.saleRecords.record(sale);
      const launches = record.status.launches === 1 || record.status.launches === 3;
      record.instalments.forEach(({ cents, dueDay }, instalment) => {
        const ref = world.titles.refOfId(world.titles.id({ of: 'sale', sale, instalment }));
        expect(ref !== null).toBe(launches);
        if (!ref) return;
        const title = world.titles.title(ref);
        expect(title).toMatchObject({
          valueCents: cents,
          dueDay,
          description: `Venda de nº ${record.code}`,
          store: record.store,
        });
        expect(title.totalCents).toBe(
          title.valueCents +
            title.interestCents -
            title.discountCents -
            title.bankFeeCents -
            title.cardFeeCents,
        );
      });
      expect(
        world.titles.refOfId(world.titles.id({ of: 'sale', sale, instalment: record.instalments.length })),
      ).toBeNull();
    }
  });

  it('are paid, open and overdue, and never paid in the future', () => {
    const seen = { paid: 0, open: 0, overdue: 0 };
    for (let sale = 0; sale < world.sales.count; sale++) {
      if (!world.sales.launched(sale)) continue;
      const plan = world.sales.plan(sale);
      for (let i = 0; i < plan.count; i++) {
        const paid = world.titles.paidDay(plan, sale, i);
        if (paid !== null) expect(paid).toBeLessThanOrEqual(world.day);
        if (paid !== null) expect(paid).toBeGreaterThanOrEqual(world.sales.day(sale));
        seen[paid !== null ? 'paid' : world.sales.dueDay(plan, i) < world.day ? 'overdue' : 'open'] += 1;
      }
    }
    expect(seen.paid).toBeGreaterThan(1000);
    expect(seen.open).toBeGreaterThan(300);
    expect(seen.overdue).toBeGreaterThan(30);
  });

  it('reach about six months ahead, and no further', () => {
    let last = 0;
    for (let sale = 0; sale < world.sales.count; sale++) {
      const plan = world.sales.plan(sale);
      last = Math.max(last, world.sales.dueDay(plan, plan.count - 1));
    }
    expect(last - world.day).toBeGreaterThan(150);
    expect(last - world.day).toBeLessThanOrEqual(181);
  });
});
