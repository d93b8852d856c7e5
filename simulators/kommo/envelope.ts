// The three HAL list families (kommo.md 3.1): A paged without totals, B paged with totals, C unpaged.
// An empty list, and a page past the end, is 204 without a body in all of them.
import { stringify } from 'qs';
import type { Call } from './call.ts';
import { hal, href } from './call.ts';
import type { Page } from './filters.ts';
import { pageOf } from './filters.ts';
import type { Reply } from './problem.ts';
import { NO_CONTENT } from './problem.ts';

type Json = Record<string, unknown>;

/** The list's own address with another page number, all other parameters kept. */
function pageHref(call: Call, page: number, limit: number): string {
  return `${call.origin}${call.path}?${stringify({ ...call.query, page: String(page), limit: String(limit) })}`;
}

function pageLinks(call: Call, page: Page, more: boolean): Json {
  const links: Json = { self: { href: pageHref(call, page.number, page.limit) } };
  if (more) links['next'] = { href: pageHref(call, page.number + 1, page.limit) };
  if (call.sim.switches.firstLink) links['first'] = { href: pageHref(call, 1, page.limit) };
  if (page.number > 1) links['prev'] = { href: pageHref(call, page.number - 1, page.limit) };
  return links;
}

/** Family A: leads, contacts, companies, tasks, notes, events, tags, catalogs, elements, unsorted. */
export function pagedList(call: Call, key: string, items: readonly Json[], more: boolean): Reply {
  if (items.length === 0) return NO_CONTENT;
  const page = pageOf(call);
  return hal({ _page: page.number, _links: pageLinks(call, page, more), _embedded: { [key]: items } });
}

/** Family A over rows that are all at hand. */
export function sliceList<T>(call: Call, key: string, all: readonly T[], toWire: (item: T) => Json): Reply {
  const page = pageOf(call);
  const rows = all.slice(page.offset, page.offset + page.limit);
  return pagedList(call, key, rows.map(toWire), page.offset + rows.length < all.length);
}

/** Family B: custom fields, groups of fields, users, roles. */
export function countedList<T>(call: Call, key: string, all: readonly T[], toWire: (item: T) => Json): Reply {
  const page = pageOf(call);
  const rows = all.slice(page.offset, page.offset + page.limit);
  if (rows.length === 0) return NO_CONTENT;
  const pages = Math.ceil(all.length / page.limit);
  const links = pageLinks(call, page, page.number < pages);
  if (page.number < pages) links['last'] = { href: pageHref(call, pages, page.limit) };
  return hal({
    _total_items: all.length,
    _page: page.number,
    _page_count: pages,
    _links: links,
    _embedded: { [key]: rows.map(toWire) },
  });
}

/** Family C: pipelines, stages, webhooks, sources, links, event types, loss reasons. */
export function wholeList(call: Call, key: string, items: readonly Json[]): Reply {
  if (items.length === 0) return NO_CONTENT;
  return hal({
    _total_items: items.length,
    _links: { self: { href: `${call.origin}${call.path}` } },
    _embedded: { [key]: items },
  });
}

/** `_links` of an item; in lists some endpoints repeat the paging of the list, so hrefs must never be compared. */
export function itemLinks(call: Call, path: string, inList: boolean): { self: { href: string } } {
  const plain = href(call, path);
  if (!inList || call.sim.switches.itemHref === 'plain') return { self: { href: plain } };
  const page = pageOf(call);
  return { self: { href: `${plain}?page=${page.number}&limit=${page.limit}` } };
}

/** The answer to a GET by id that found nothing. */
export function missing(call: Call): Reply {
  if (call.sim.switches.missById === 204) return NO_CONTENT;
  return {
    status: 404,
    contentType: 'application/problem+json',
    body: {
      title: 'Not Found',
      type: 'https://httpstatus.es/404',
      status: 404,
      detail: `Entity not found: ${call.path}`,
    },
  };
}
