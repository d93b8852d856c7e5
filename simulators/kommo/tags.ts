// Tags (kommo.md 4.11): per entity type, created by name without doubling. On a card `_embedded.tags` replaces the set
// and null clears it; `tags_to_add` and `tags_to_delete` edit it, and are ignored where the set is sent too.
import type { EntityType, Tag } from '../world/crm-records.ts';
import { ENTITY_TYPES } from '../world/crm-records.ts';
import type { Call, Route } from './call.ts';
import { hal, selfLink } from './call.ts';
import { sliceList } from './envelope.ts';
import { filterOf, listOf, numbersOf } from './filters.ts';
import type { Reply } from './problem.ts';
import type { Json } from './validation.ts';
import { FieldCheck, arrayBody, isObject, settle } from './validation.ts';

const tagJson = ({ id, name, color }: Tag): Json => ({ id, name, color });

function list(call: Call, type: EntityType): Reply {
  const ids = numbersOf(filterOf(call, 'id'));
  const names = listOf(filterOf(call, 'name'));
  const text = typeof call.query['query'] === 'string' ? call.query['query'].toLowerCase() : undefined;
  const tags = call.sim.crm.tags[type].filter(
    (tag) =>
      (!ids || ids.includes(tag.id)) &&
      (!names || names.includes(tag.name)) &&
      (!text || tag.name.toLowerCase().includes(text)),
  );
  return sliceList(call, 'tags', tags, tagJson);
}

/** The tag of that name or id. A new name makes a tag, which is stored with the card that it is written to. */
function tagOf(call: Call, type: EntityType, sent: unknown): Tag | undefined {
  if (!isObject(sent)) return undefined;
  const tags = call.sim.crm.tags[type];
  if (typeof sent['id'] === 'number') return tags.find(({ id }) => id === sent['id']);
  if (typeof sent['name'] !== 'string' || sent['name'] === '') return undefined;
  const known = tags.find(({ name }) => name === sent['name']);
  if (known) return known;
  const color = typeof sent['color'] === 'string' ? sent['color'] : null;
  return { id: call.sim.crm.newId(), name: sent['name'], color };
}

/** The set of tags that an item asks for; undefined: no change. */
export function tagPatch(call: Call, type: EntityType, item: Json, stored: readonly Tag[]): Tag[] | undefined {
  const embedded = isObject(item['_embedded']) ? item['_embedded']['tags'] : undefined;
  const named = (list: unknown): Tag[] =>
    Array.isArray(list) ? list.flatMap((sent: unknown) => tagOf(call, type, sent) ?? []) : [];
  const unique = (tags: readonly Tag[]): Tag[] => [...new Map(tags.map((tag) => [tag.id, tag])).values()];
  if (embedded === null) return [];
  if (embedded !== undefined) return unique(named(embedded));
  if (item['tags_to_add'] === undefined && item['tags_to_delete'] === undefined) return undefined;
  const dropped = Array.isArray(item['tags_to_delete']) ? item['tags_to_delete'].filter(isObject) : [];
  const kept = stored.filter((tag) => !dropped.some((sent) => sent['id'] === tag.id || sent['name'] === tag.name));
  return unique([...kept, ...named(item['tags_to_add'])]);
}

function create(call: Call, type: EntityType): Reply {
  const settled = settle<Json>(call, arrayBody(call), (item) => {
    const check = new FieldCheck(item, { name: 'string', color: 'string?', request_id: 'string' }).require('name');
    return check.problems.length > 0 ? { problems: check.problems } : { value: item };
  });
  const tags = settled.flatMap(({ value, requestId }) => {
    const made = tagOf(call, type, value);
    const [tag] = call.sim.crm.adoptTags(type, made ? [made] : []);
    return tag ? [{ ...tagJson(tag), request_id: requestId }] : [];
  });
  return hal({ _links: selfLink(call, `/${type}/tags`), _embedded: { tags } });
}

export const tagRoutes: readonly Route[] = ENTITY_TYPES.flatMap((type): Route[] => [
  ['GET', `/${type}/tags`, (call) => list(call, type)],
  ['POST', `/${type}/tags`, (call) => create(call, type)],
]);
