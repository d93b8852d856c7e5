// The tables of sales and quotes: one store and one `tipo` at a time, window on `data`, newest first (gestao-click.md 3.2, 4).
import { dayOf, SALE_KINDS } from '../../world/index.ts';
import type { SaleRecord, SaleSeries } from '../../world/index.ts';
import type { Row } from '../wire.ts';
import { daysOf, lowerBound, storeOf } from './scope.ts';
import { contains, equals } from './table.ts';
import type { Entry, Query, Table, TableDeps } from './table.ts';

export interface SaleTableOptions {
  name: 'vendas' | 'orcamentos';
  kinds: readonly string[];
  series: SaleSeries;
  record(index: number): SaleRecord;
  row(record: SaleRecord): Row;
}

export function saleTable({ world }: TableDeps, options: SaleTableOptions): Table {
  const { series } = options;
  let parts: Map<string, Int32Array> | null = null;

  /** Ids per store and kind, ascending: made once, from draws alone. */
  function allParts(): Map<string, Int32Array> {
    if (parts) return parts;
    const stores = world.stores.length;
    const cellOf = new Uint16Array(series.count);
    const sizes = new Int32Array(stores * SALE_KINDS.length);
    for (let i = 0; i < series.count; i++) {
      const cell = series.store(i) * SALE_KINDS.length + SALE_KINDS.indexOf(series.kind(i));
      cellOf[i] = cell;
      sizes[cell] = (sizes[cell] as number) + 1;
    }
    const cells = Array.from(sizes, (size) => new Int32Array(size));
    const filled = new Int32Array(sizes.length);
    for (let i = 0; i < series.count; i++) {
      const cell = cellOf[i] as number;
      const at = filled[cell] as number;
      (cells[cell] as Int32Array)[at] = series.id(i);
      filled[cell] = at + 1;
    }
    parts = new Map(
      cells.map((ids, cell) => [
        `${Math.floor(cell / SALE_KINDS.length)}|${SALE_KINDS[cell % SALE_KINDS.length]}`,
        ids,
      ]),
    );
    return parts;
  }

  /** Without `tipo`, and with one that does not exist: product sales only. */
  const kindOf = (query: Query): string => {
    const kind = query.get('tipo') ?? '';
    return options.kinds.includes(kind) ? kind : 'produto';
  };
  const indexOf = (id: number): number => series.indexOfId(id) ?? 0;

  return {
    name: options.name,
    newestFirst: true,
    part(query) {
      const store = storeOf(world, query);
      const days = daysOf(query);
      const whole = allParts().get(`${store.index}|${kindOf(query)}`) ?? new Int32Array(0);
      const key = `${store.id}|${kindOf(query)}|${days?.from}|${days?.to}`;
      if (!days) return { key, ids: whole };
      const { start, end } = series.calendar.range(days.from, days.to);
      const at = (id: number): number => lowerBound(whole.length, (i) => whole[i] as number, id);
      return { key, ids: whole.subarray(at(series.id(start)), at(series.id(end))) };
    },
    inPart(entry, query) {
      const days = daysOf(query);
      const day = dayOf(String(entry.row['data']));
      return (
        entry.storeId === storeOf(world, query).id &&
        entry.kind === kindOf(query) &&
        (!days || (day >= days.from && day <= days.to))
      );
    },
    filters: {
      codigo: { ...equals('codigo'), quick: (id, value) => String(series.code(indexOf(id))) === value },
      nome: contains('nome_cliente'),
      // A quote's states are not a sale's: only sales are decided by the draw.
      situacao_id:
        options.name === 'vendas'
          ? { ...equals('situacao_id'), quick: (id, value) => series.status(indexOf(id)).id === value }
          : equals('situacao_id'),
      cliente_id: {
        ...equals('cliente_id'),
        quick: (id, value) => {
          const client = series.client(indexOf(id));
          return client !== null && world.parties.clientId(client) === value;
        },
      },
      centro_custo_id: equals('centro_custo_id'),
    },
    order: (entry) => entry.id,
    orderOf: (id) => id,
    ordered: ['id', 'cadastrado_em'],
    make(id): Entry | null {
      const index = series.indexOfId(id);
      if (index === null) return null;
      const record = options.record(index);
      return {
        id,
        row: options.row(record),
        storeId: world.stores[record.store]?.id ?? '',
        kind: record.kind,
      };
    },
    firstFreeId: series.id(series.count),
  };
}
