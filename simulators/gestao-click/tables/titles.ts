// The tables of titles: one store at a time, window on the effective date (paid day if paid, else due day), which is the
// current month where none is asked for; ascending by that date (gestao-click.md 3.2, 4).
import { dateOf, dayOf } from '../../world/index.ts';
import { titleRow } from '../rows/titles.ts';
import type { Row } from '../wire.ts';
import { lowerBound, storeOf, titleDaysOf } from './scope.ts';
import { bound, contains, equals } from './table.ts';
import type { Entry, Filter, Table, TableDeps } from './table.ts';

/** Ids of one store's titles by effective day, then id; `days` runs beside `ids`. */
interface StoreIndex {
  ids: Int32Array;
  days: Int32Array;
}

const ORDER_BASE = 2 ** 31;

/** The effective day of a row. */
export function effectiveDay(row: Row): number {
  return dayOf(
    String(
      row['liquidado'] === '1' && row['data_liquidacao'] ? row['data_liquidacao'] : row['data_vencimento'],
    ),
  );
}

/** Visits every title: its id, store index and effective day, without making it. */
function visit(
  { world }: TableDeps,
  name: string,
  each: (id: number, store: number, day: number) => void,
): void {
  const { sales, titles, sizes } = world;
  if (name === 'recebimentos') {
    for (let sale = 0; sale < sales.count; sale++) {
      if (!sales.launched(sale)) continue;
      const plan = sales.plan(sale);
      const store = sales.store(sale);
      for (let instalment = 0; instalment < plan.count; instalment++) {
        const day = titles.paidDay(plan, sale, instalment) ?? sales.dueDay(plan, instalment);
        each(titles.id({ of: 'sale', sale, instalment }), store, day);
      }
    }
  }
  const of = name === 'recebimentos' ? 'other' : 'payable';
  const count = of === 'other' ? sizes.otherReceivables : sizes.payables;
  for (let index = 0; index < count; index++) {
    const { store, dueDay, paidDay } = titles.placement({ of, index });
    each(titles.id({ of, index }), store, paidDay ?? dueDay);
  }
}

/** Counting sort by day, per store: two passes over the draws, no objects. */
function indexStores(deps: TableDeps, name: string): StoreIndex[] {
  const stores = deps.world.stores.length;
  const first = deps.world.day - 4000;
  const span = 8000;
  const starts = new Int32Array(stores * span + 1);
  visit(deps, name, (_id, store, day) => {
    const slot = store * span + (day - first) + 1;
    starts[slot] = (starts[slot] as number) + 1;
  });
  for (let slot = 1; slot < starts.length; slot++)
    starts[slot] = (starts[slot] as number) + (starts[slot - 1] as number);
  const total = starts[starts.length - 1] as number;
  const ids = new Int32Array(total);
  const days = new Int32Array(total);
  const bounds = Array.from({ length: stores + 1 }, (_, store) => starts[store * span] as number);
  visit(deps, name, (id, store, day) => {
    const slot = store * span + (day - first);
    const at = starts[slot] as number;
    ids[at] = id;
    days[at] = day;
    starts[slot] = at + 1;
  });
  return Array.from({ length: stores }, (_, store) => ({
    ids: ids.subarray(bounds[store], bounds[store + 1]),
    days: days.subarray(bounds[store], bounds[store + 1]),
  }));
}

export function titleTable(deps: TableDeps, name: 'recebimentos' | 'pagamentos'): Table {
  const { world, switches } = deps;
  let stores: StoreIndex[] | null = null;

  /** `ab` open, `at` overdue, `pg` paid: documented, and without effect where it was measured. */
  const settled: Filter = {
    test: ({ row }, value) => {
      if (switches.liquidadoFilter === 'ignored') return true;
      const paid = row['liquidado'] === '1';
      if (value === 'pg') return paid;
      return !paid && (value !== 'at' || String(row['data_vencimento']) < dateOf(world.day));
    },
  };

  function make(id: number): Entry | null {
    const ref = world.titles.refOfId(id);
    if (!ref || (ref.of === 'payable') !== (name === 'pagamentos')) return null;
    const title = world.titles.title(ref);
    return {
      id,
      row: titleRow(world, title, switches),
      storeId: world.stores[title.store]?.id ?? '',
      kind: '',
    };
  }

  /** By id, from draws alone. */
  function orderOf(id: number): number {
    const ref = world.titles.refOfId(id);
    if (!ref) return id;
    if (ref.of !== 'sale') {
      const { dueDay, paidDay } = world.titles.placement({ of: ref.of, index: ref.index });
      return (paidDay ?? dueDay) * ORDER_BASE + id;
    }
    const plan = world.sales.plan(ref.sale);
    return (
      (world.titles.paidDay(plan, ref.sale, ref.instalment) ?? world.sales.dueDay(plan, ref.instalment)) *
        ORDER_BASE +
      id
    );
  }

  return {
    name,
    newestFirst: false,
    part(query) {
      const store = storeOf(world, query);
      const { from, to } = titleDaysOf(world, query);
      stores ??= indexStores(deps, name);
      const index = stores[store.index];
      const key = `${store.id}|${from}|${to}`;
      if (!index) return { key, ids: new Int32Array(0) };
      const at = (day: number): number => lowerBound(index.days.length, (i) => index.days[i] as number, day);
      return { key, ids: index.ids.subarray(at(from), Math.max(at(from), at(to + 1))) };
    },
    inPart(entry, query) {
      const { from, to } = titleDaysOf(world, query);
      const day = effectiveDay(entry.row);
      return entry.storeId === storeOf(world, query).id && day >= from && day <= to;
    },
    filters: {
      codigo: equals('codigo'),
      nome: contains(
        'descricao',
        'nome_cliente',
        'nome_fornecedor',
        'nome_transportadora',
        'nome_funcionario',
      ),
      cliente_id: equals('cliente_id'),
      fornecedor_id: equals('fornecedor_id'),
      transportadora_id: equals('transportadora_id'),
      funcionario_id: equals('funcionario_id'),
      valor_inicio: bound('valor', 1),
      valor_fim: bound('valor', -1),
      liquidado: settled,
      plano_contas_id: equals('plano_contas_id'),
      centro_custo_id: equals('centro_custo_id'),
      conta_bancaria_id: equals('conta_bancaria_id'),
      forma_pagamento_id: equals('forma_pagamento_id'),
    },
    order: (entry) => effectiveDay(entry.row) * ORDER_BASE + entry.id,
    orderOf,
    ordered: [],
    make,
    firstFreeId: world.titles.id(
      name === 'recebimentos'
        ? { of: 'other', index: world.sizes.otherReceivables }
        : { of: 'payable', index: world.sizes.payables },
    ),
  };
}
