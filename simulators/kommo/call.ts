// One request on its way through the simulator: what a handler sees, and what it gives back.
import type { ParsedQs } from 'qs';
import type { Crm } from '../world/crm.ts';
import type { Reply } from './problem.ts';
import type { KommoSwitches } from './switches.ts';
import type { Subscriptions } from './subscriptions.ts';

/** What all handlers of one simulator share. */
export interface Simulation {
  crm: Crm;
  switches: KommoSwitches;
  subscriptions: Subscriptions;
  nowSeconds(): number;
}

export interface Call {
  method: string;
  /** Parameters of the route's path. */
  params: Record<string, string | undefined>;
  /** Query, PHP brackets decoded. */
  query: ParsedQs;
  /** Parsed JSON; undefined where the body was empty. */
  body: unknown;
  /** Path below the host, without query: `/api/v4/leads`. */
  path: string;
  /** Scheme and host that the caller used: hrefs lead back to it. */
  origin: string;
  /** The token's user, or the one of `X-Context-User-ID`. */
  userId: number;
  sim: Simulation;
}

export type Handler = (call: Call) => Reply | Promise<Reply>;

/** Path below `/api/v4`, in Express syntax. */
export type Route = readonly [method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, handler: Handler];

export const hal = (body: unknown, status = 200): Reply => ({ status, body, contentType: 'application/hal+json' });

/** Absolute address of a path below `/api/v4`. */
export const href = (call: Call, path: string): string => `${call.origin}/api/v4${path}`;

export const selfLink = (call: Call, path: string): { self: { href: string } } => ({
  self: { href: href(call, path) },
});

/** A path parameter that has to be a number: -1, which no record has, where it is not one. */
export function idParam(call: Call, name: string): number {
  const text = call.params[name] ?? '';
  return /^\d+$/.test(text) ? Number(text) : -1;
}
