// What people in the ERP do while somebody else reads it: POST /__control/mutate. Commands:
//   { action: 'create', table, count?, fields?, where? }  copies of the first record of the list, with new ids and fields
//   { action: 'update', table, id? | where?, count?, fields }   { action: 'delete', table, id? | where?, count? }
//   { action: 'switch', fields }                            turns switches (switches.ts)
// `where` is a query of the list (`{ loja_id: "2002", tipo: "servico" }`); with `at` it says from which position on.
// Records move between pages and windows by updating their date, store (`loja_id`) or `tipo`.
import { MutationError } from '../control.ts';
import type { Account } from './state.ts';
import type { Entry, TableStore } from './tables/index.ts';
import type { GestaoClickSwitches } from './switches.ts';
import type { Row } from './wire.ts';

interface Command {
  table: TableStore;
  name: string;
  id: number | null;
  where: ReadonlyMap<string, string>;
  at: number;
  count: number;
  fields: Row;
}

/** Runs a command; returns the ids that it touched. Throws MutationError. */
export function mutate(account: Account, input: Record<string, unknown>): { ids: string[] } {
  const fields = (input['fields'] ?? {}) as Row;
  if (input['action'] === 'switch') {
    account.turn(fields as Partial<GestaoClickSwitches>);
    return { ids: [] };
  }
  const command = read(account, input, fields);
  switch (input['action']) {
    case 'create':
      return { ids: create(account, command) };
    case 'update':
      return { ids: targets(command).map((entry) => update(account, command, entry)) };
    case 'delete':
      return { ids: targets(command).map((entry) => (command.table.remove(entry.id), String(entry.id))) };
    default:
      throw new MutationError(
        `Unknown action "${String(input['action'])}": create, update, delete or switch`,
      );
  }
}

function read(account: Account, input: Record<string, unknown>, fields: Row): Command {
  const name = String(input['table']);
  const table = account.tables.get(name);
  if (!table) throw new MutationError(`Unknown table "${name}"`);
  const where = Object.entries((input['where'] ?? {}) as Row).map(
    ([key, value]) => [key, String(value)] as const,
  );
  return {
    table,
    name,
    fields,
    where: new Map(where),
    id: input['id'] === undefined ? null : Number(input['id']),
    at: Number(input['at'] ?? 0),
    count: Number(input['count'] ?? 1),
  };
}

function targets({ table, id, where, at, count }: Command): Entry[] {
  if (id === null) return table.list(where).rows(at, count);
  const entry = table.get(id);
  if (!entry) throw new MutationError(`No record ${id}`);
  return [entry];
}

function create(account: Account, command: Command): string[] {
  const [model] = targets({ ...command, count: 1 });
  if (!model) throw new MutationError('No record to copy: the list that "where" names is empty');
  const { table, name, fields, count } = command;
  return Array.from({ length: count }, () => {
    const id = table.newId();
    const now = account.now();
    const own: Row = { id: String(id), cadastrado_em: now, modificado_em: now };
    if (name === 'vendas' || name === 'orcamentos')
      Object.assign(own, { codigo: account.nextCode(name), data: account.world.today });
    table.put(scoped({ ...model, id, row: { ...model.row, ...own, ...fields } }, fields));
    return String(id);
  });
}

function update(account: Account, { table, fields }: Command, entry: Entry): string {
  table.put(scoped({ ...entry, row: { ...entry.row, modificado_em: account.now(), ...fields } }, fields));
  return String(entry.id);
}

/** `loja_id` and `tipo` are not fields of a sale's row, but they move it. */
function scoped(entry: Entry, fields: Row): Entry {
  const { tipo: kind, loja_id: storeId } = fields;
  const row = { ...entry.row };
  if (entry.kind !== '') {
    delete row['tipo'];
    delete row['loja_id'];
  }
  return {
    ...entry,
    row,
    ...(entry.kind !== '' && typeof kind === 'string' ? { kind } : {}),
    ...(entry.storeId !== '' && typeof storeId === 'string' ? { storeId } : {}),
  };
}
