// Lists ("catalogs") with their elements, and sources (kommo.md 4.14, 4.15).
import type { Catalog, CatalogElement, Source } from '../world/crm-records.ts';
import type { Call, Route } from './call.ts';
import { hal, idParam, selfLink } from './call.ts';
import { itemLinks, missing, sliceList, wholeList } from './envelope.ts';
import { fieldChanges, mergeFields } from './field-values.ts';
import { filterOf, listOf, numbersOf } from './filters.ts';
import type { Reply } from './problem.ts';
import { NO_CONTENT, refuse } from './problem.ts';
import type { FieldKind, Json } from './validation.ts';
import { FieldCheck, absent, arrayBody, badChoice, objectBody, settle } from './validation.ts';
import { fieldEntries } from './wire.ts';

function catalogJson(call: Call, catalog: Catalog, inList: boolean): Json {
  return {
    ...catalog,
    can_add_elements: true,
    can_show_in_cards: false,
    can_link_multiple: true,
    can_be_deleted: catalog.type === 'regular',
    sdk_widget_code: null,
    account_id: call.sim.crm.account.id,
    _links: itemLinks(call, `/catalogs/${catalog.id}`, inList),
  };
}

function elementJson(call: Call, element: CatalogElement, inList: boolean): Json {
  return {
    ...element,
    custom_fields_values: fieldEntries(call, element.custom_fields_values),
    is_deleted: null,
    account_id: call.sim.crm.account.id,
    _links: itemLinks(call, `/catalogs/${element.catalog_id}/elements/${element.id}`, inList),
  };
}

function withCatalog(call: Call, reply: (catalog: Catalog) => Reply): Reply {
  const catalog = call.sim.crm.catalogs.find(({ id }) => id === idParam(call, 'cid'));
  return catalog ? reply(catalog) : missing(call);
}

function elements(call: Call, catalog: Catalog): Reply {
  const ids = numbersOf(filterOf(call, 'id'));
  const text = typeof call.query['query'] === 'string' ? call.query['query'].toLowerCase() : '';
  const rows = call.sim.crm.elements.filter(
    (element) =>
      element.catalog_id === catalog.id &&
      (!ids || ids.includes(element.id)) &&
      (text === '' || JSON.stringify([element.name, element.custom_fields_values]).toLowerCase().includes(text)),
  );
  return sliceList(call, 'elements', rows, (element) => elementJson(call, element, true));
}

const ELEMENT_KEYS: Record<string, FieldKind> = {
  id: 'int',
  name: 'string',
  custom_fields_values: 'array?',
  request_id: 'string',
};

function writeElements(call: Call, catalog: Catalog, isNew: boolean): Reply {
  const { crm } = call.sim;
  const settled = settle<CatalogElement>(call, arrayBody(call), (item) => {
    const stored = isNew
      ? undefined
      : crm.elements.find(({ id, catalog_id: own }) => id === item['id'] && own === catalog.id);
    const check = new FieldCheck(item, ELEMENT_KEYS);
    if (isNew) check.require('name');
    else if (!stored) check.add(item['id'] === undefined ? absent('id') : badChoice('id'));
    const fields = fieldChanges(call, 'catalogs', item['custom_fields_values'], '', catalog.id);
    check.add(...fields.problems);
    if (check.problems.length > 0) return { problems: check.problems };
    const now = crm.nowSeconds();
    const base = stored ?? {
      id: crm.newId(),
      catalog_id: catalog.id,
      name: '',
      created_by: call.userId,
      created_at: now,
      custom_fields_values: null,
    };
    return {
      value: {
        ...base,
        name: String(item['name'] ?? base.name),
        updated_by: call.userId,
        updated_at: now,
        custom_fields_values: mergeFields(base.custom_fields_values, fields.entries),
      },
    };
  });
  for (const { value } of settled) {
    const place = crm.elements.findIndex(({ id }) => id === value.id);
    if (place < 0) crm.elements.push(value);
    else crm.elements[place] = value;
  }
  const items = settled.map(({ value, requestId }) => ({ ...elementJson(call, value, false), request_id: requestId }));
  return hal({ _links: selfLink(call, `/catalogs/${catalog.id}/elements`), _embedded: { elements: items } });
}

function addCatalogs(call: Call): Reply {
  const { crm } = call.sim;
  const settled = settle<Json>(call, arrayBody(call), (item) => {
    const check = new FieldCheck(item, {
      name: 'string',
      type: 'string',
      sort: 'int',
      can_add_elements: 'bool',
      can_link_multiple: 'bool',
      request_id: 'string',
    });
    check.require('name');
    return check.problems.length > 0 ? { problems: check.problems } : { value: item };
  });
  const items = settled.map(({ value, requestId }) => {
    const now = crm.nowSeconds();
    const catalog: Catalog = {
      id: crm.newId(),
      name: String(value['name']),
      sort: Number(value['sort'] ?? 10),
      type: 'regular',
      created_by: call.userId,
      updated_by: call.userId,
      created_at: now,
      updated_at: now,
    };
    crm.catalogs.push(catalog);
    return { ...catalogJson(call, catalog, false), request_id: requestId };
  });
  return hal({ _links: selfLink(call, '/catalogs'), _embedded: { catalogs: items } });
}

const sourceJson = (call: Call, source: Source): Json => ({
  ...source,
  _links: selfLink(call, `/sources/${source.id}`),
});
const SOURCE_KEYS: Record<string, FieldKind> = {
  id: 'int',
  name: 'string',
  pipeline_id: 'int',
  external_id: 'string',
  services: 'array',
  default: 'bool',
  origin_code: 'string?',
  request_id: 'string',
};

function writeSources(call: Call, items: Json[], isNew: boolean): Reply {
  const { crm } = call.sim;
  const settled = settle<Source>(call, items, (item) => {
    const stored = isNew ? undefined : crm.sources.find(({ id }) => id === item['id']);
    const check = new FieldCheck(item, SOURCE_KEYS);
    if (isNew) check.require('name', 'external_id');
    else if (!stored) check.add(badChoice('id'));
    if (item['pipeline_id'] !== undefined && !crm.pipelineOf(Number(item['pipeline_id'])))
      check.add(badChoice('pipeline_id'));
    if (check.problems.length > 0) return { problems: check.problems };
    const base: Source = stored ?? {
      id: crm.newId(),
      name: '',
      pipeline_id: crm.mainPipeline().id,
      external_id: '',
      services: [],
      default: false,
      origin_code: null,
    };
    const { request_id: _request, ...sent } = item;
    return { value: { ...base, ...(sent as Partial<Source>), id: base.id } };
  });
  if (isNew && crm.sources.length + settled.length > 100) throw refuse(422, 'Limit 100 sources per integration');
  for (const { value } of settled) {
    const place = crm.sources.findIndex(({ id }) => id === value.id);
    if (place < 0) crm.sources.push(value);
    else crm.sources[place] = value;
  }
  return wholeList(
    call,
    'sources',
    settled.map(({ value, requestId }) => ({ ...sourceJson(call, value), request_id: requestId })),
  );
}

function removeSource(call: Call): Reply {
  const { sources } = call.sim.crm;
  const place = sources.findIndex(({ id }) => id === idParam(call, 'id'));
  if (place < 0) return missing(call);
  sources.splice(place, 1);
  return NO_CONTENT;
}

export const catalogRoutes: readonly Route[] = [
  [
    'GET',
    '/catalogs',
    (call) => sliceList(call, 'catalogs', call.sim.crm.catalogs, (catalog) => catalogJson(call, catalog, true)),
  ],
  ['POST', '/catalogs', addCatalogs],
  ['GET', '/catalogs/:cid', (call) => withCatalog(call, (catalog) => hal(catalogJson(call, catalog, false)))],
  ['GET', '/catalogs/:cid/elements', (call) => withCatalog(call, (catalog) => elements(call, catalog))],
  ['POST', '/catalogs/:cid/elements', (call) => withCatalog(call, (catalog) => writeElements(call, catalog, true))],
  ['PATCH', '/catalogs/:cid/elements', (call) => withCatalog(call, (catalog) => writeElements(call, catalog, false))],
  [
    'GET',
    '/catalogs/:cid/elements/:eid',
    (call) =>
      withCatalog(call, (catalog) => {
        const element = call.sim.crm.elements.find(
          ({ id, catalog_id: own }) => id === idParam(call, 'eid') && own === catalog.id,
        );
        return element ? hal(elementJson(call, element, false)) : missing(call);
      }),
  ],
  [
    'GET',
    '/sources',
    (call) => {
      const external = listOf(filterOf(call, 'external_id'));
      return wholeList(
        call,
        'sources',
        call.sim.crm.sources
          .filter((source) => !external || external.includes(source.external_id))
          .map((source) => sourceJson(call, source)),
      );
    },
  ],
  ['POST', '/sources', (call) => writeSources(call, arrayBody(call), true)],
  ['PATCH', '/sources', (call) => writeSources(call, arrayBody(call), false)],
  [
    'GET',
    '/sources/:id',
    (call) => {
      const source = call.sim.crm.sources.find(({ id }) => id === idParam(call, 'id'));
      return source ? hal(sourceJson(call, source)) : missing(call);
    },
  ],
  ['PATCH', '/sources/:id', (call) => writeSources(call, [{ ...objectBody(call), id: idParam(call, 'id') }], false)],
  ['DELETE', '/sources/:id', removeSource],
];
