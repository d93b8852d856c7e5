// Changes that users of the real account would make meanwhile, for the control endpoint and for the fault `mutate`:
//   {"do":"update","entity":"leads","id":1,"set":{..}}      {"do":"delete"|"restore","entity":"contacts","id":1}
//   {"do":"touch","entity":"leads","count":3}               new `updated_at` on some records: lists move while paged
//   {"do":"create","entity":"contacts","item":{..}}         an item as POST takes it
//   {"do":"merge","entity":"contacts","winner":1,"loser":2} {"do":"switches","set":{"itemHref":"plain"}}
//   {"do":"user","id":1,"set":{"is_active":false}}     a user leaves, comes back, changes e-mail
//   {"do":"revoke","token":".."}                            {"do":"unblock"}  ends the IP block
//   {"do":"clock","aheadSeconds":-600}                     the provider's clock (records, events, `Date`), not the one of tokens
import { MutationError } from '../control.ts';
import type { Rng } from '../world/index.ts';
import type { Card, EntityType } from '../world/crm-records.ts';
import { ENTITY_TYPES } from '../world/crm-records.ts';
import type { Call, Simulation } from './call.ts';
import { checkCard, createCard } from './card-write.ts';
import { cardTable } from './cards.ts';
import { isObject } from './validation.ts';

export interface MutationDeps {
  sim: Simulation;
  rng: Rng;
  revoke(token: string): void;
  unblock(): void;
  setClock(aheadSeconds: number): void;
}

export function mutate(deps: MutationDeps, command: Record<string, unknown>): unknown {
  const { sim } = deps;
  const action = command['do'];
  if (action === 'switches') return turn(sim, command['set']);
  if (action === 'unblock') return deps.unblock();
  if (action === 'clock') return setClock(deps, Number(command['aheadSeconds']));
  if (action === 'revoke') return deps.revoke(String(command['token']));
  if (action === 'user') return changeUser(sim, Number(command['id']), command['set']);
  const type = entityOf(command['entity']);
  const by = sim.crm.manager.id;
  switch (action) {
    case 'update': {
      const set = command['set'];
      if (!isObject(set)) throw new MutationError('"update" needs an object in "set"');
      const card = sim.crm.changeCard(type, Number(command['id']), set as Partial<Card>, by);
      if (!card) throw new MutationError(`${type} has no ${String(command['id'])}`);
      return { id: card.id, updated_at: card.updated_at };
    }
    case 'touch':
      return touch(deps, type, Number(command['count'] ?? 1));
    case 'delete':
      return { deleted: sim.crm.removeCard(type, Number(command['id']), by) };
    case 'restore':
      return { restored: sim.crm.restoreCard(type, Number(command['id']), by) };
    case 'merge':
      return { merged: sim.crm.mergeCards(type, Number(command['winner']), Number(command['loser']), by) };
    case 'create': {
      const call: Call = {
        method: 'POST',
        params: {},
        query: {},
        body: undefined,
        path: `/api/v4/${type}`,
        origin: '',
        userId: by,
        sim,
      };
      const checked = checkCard(call, type, isObject(command['item']) ? command['item'] : {}, undefined);
      if ('problems' in checked)
        throw new MutationError(checked.problems.map(({ path, detail }) => `${path}: ${detail}`).join(' '));
      return { id: createCard(call, type, checked.value).id };
    }
    default:
      throw new MutationError(
        `"do" must be one of: update, touch, delete, restore, merge, create, user, switches, clock, revoke, unblock`,
      );
  }
}

function entityOf(value: unknown): EntityType {
  const type = ENTITY_TYPES.find((known) => known === value);
  if (!type) throw new MutationError(`"entity" must be one of: ${ENTITY_TYPES.join(', ')}`);
  return type;
}

function touch({ sim, rng }: MutationDeps, type: EntityType, count: number): unknown {
  const call = { sim } as Call;
  const table = cardTable(call, type);
  const ids: number[] = [];
  for (let turnNumber = 0; turnNumber < count && table.size > 0; turnNumber += 1) {
    const [card] = table.select({ offset: rng.int(0, table.size - 1), limit: 1 }).rows;
    if (card && sim.crm.changeCard(type, card.id, {}, sim.crm.manager.id)) ids.push(card.id);
  }
  return { ids };
}

function changeUser(sim: Simulation, id: number, set: unknown): unknown {
  const user = sim.crm.users.find((known) => known.id === id);
  if (!user || !isObject(set)) throw new MutationError('"user" needs the "id" of a user and an object in "set"');
  for (const name of Object.keys(set)) {
    if (!(name in user) || name === 'id') throw new MutationError(`A user has no "${name}" to change`);
  }
  return Object.assign(user, set);
}

function setClock(deps: MutationDeps, aheadSeconds: number): void {
  if (!Number.isInteger(aheadSeconds)) throw new MutationError('"clock" needs whole seconds in "aheadSeconds"');
  deps.setClock(aheadSeconds);
}

function turn(sim: Simulation, set: unknown): unknown {
  if (!isObject(set)) throw new MutationError('"switches" needs an object in "set"');
  for (const name of Object.keys(set))
    if (!(name in sim.switches)) throw new MutationError(`There is no switch "${name}"`);
  Object.assign(sim.switches, set);
  return sim.switches;
}
