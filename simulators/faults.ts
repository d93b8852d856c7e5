// Misbehaviour on demand. A rule says what goes wrong, for which requests, how often; the simulator's server applies it.
// The mechanism is shared; what a provider writes in such a case is its own table of bodies.
import { Seed } from './world/index.ts';
import type { Rng } from './world/index.ts';

export interface WireReply {
  status: number;
  /** Header names in lower case. */
  headers: Record<string, string>;
  body: string;
}

export const FAULT_KINDS = [
  // Slow, but served.
  'latency',
  // Answers instead of the record.
  '401',
  '402',
  '403',
  '403_html',
  '404',
  '429',
  '429_header',
  '429_body',
  '500',
  '504',
  // No answer: for ever, or a socket reset before the first byte.
  'timeout',
  'reset',
  // The true answer, spoiled: cut in the middle by a closed socket; cut but complete by its length; replaced by a web
  // page with status 200; with a sentence where the list should be.
  'half_closed',
  'truncated',
  'html_200',
  'string_list',
  // A mutation of the records, just before the request is served: lists that change while they are paged.
  'mutate',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultRule {
  kind: FaultKind;
  /** Regular expression over the path with its query (`/vendas\?.*pagina=2`); absent: every request. */
  path?: string;
  method?: string;
  /** 0 to 1, drawn from the simulator's seed; default 1. */
  probability?: number;
  /** How many requests it strikes before it ends; absent: no end. */
  count?: number;
  /** How many matching requests it lets pass first; default 0. */
  skip?: number;
  /** Milliseconds, for `latency`; default 1000. */
  latencyMs?: number;
  /** Seconds, for the hints of `429_header` and `429_body`; default 2. */
  retryAfter?: number;
  /** What `mutate` does: the same command as POST /__control/mutate. */
  mutation?: Record<string, unknown>;
}

/** The faults for which a provider has a body of its own. */
export type AnsweredFault = Extract<
  FaultKind,
  '401' | '402' | '403' | '403_html' | '404' | '429' | '429_header' | '429_body' | '500' | '504' | 'html_200'
>;

export interface FaultBodies {
  /** The reply of a fault; `retryAfter` in seconds, for the two 429 with hints. */
  reply(kind: AnsweredFault, retryAfter: number): WireReply;
  /** A good list reply, with a text where its list was. */
  stringList(reply: WireReply): WireReply;
}

/** What one request is to suffer. */
export interface FaultDecision {
  latencyMs: number;
  mutations: Record<string, unknown>[];
  /** The first rule that matched and is neither latency nor mutation; null: none. */
  rule: FaultRule | null;
}

interface Active {
  rule: FaultRule;
  pattern: RegExp | null;
  seen: number;
  struck: number;
}

export class FaultRuleError extends Error {
  readonly code = 'BAD_FAULT_RULE';
}

export class Faults {
  #active: Active[] = [];
  #rng: Rng;
  readonly #seed: string;

  constructor(seed: number | string = 1) {
    this.#seed = String(seed);
    this.#rng = new Seed(this.#seed).rng('faults', 0);
  }

  /** Replaces all rules. Throws FaultRuleError for a rule that cannot be understood. */
  set(rules: FaultRule | readonly FaultRule[]): void {
    this.#active = (Array.isArray(rules) ? (rules as FaultRule[]) : [rules as FaultRule]).map(activate);
  }

  add(rule: FaultRule): void {
    this.#active.push(activate(rule));
  }

  /** No faults, and the draws of probabilities from the start. */
  clear(): void {
    this.#active = [];
    this.#rng = new Seed(this.#seed).rng('faults', 0);
  }

  /** The rules that have not ended, with how many requests each has struck. */
  list(): (FaultRule & { struck: number })[] {
    return this.#active.map(({ rule, struck }) => ({ ...rule, struck }));
  }

  /** Decides for one request, and counts it. */
  decide(method: string, target: string): FaultDecision {
    const decision: FaultDecision = { latencyMs: 0, mutations: [], rule: null };
    for (const active of this.#active) {
      const { rule } = active;
      const ends = rule.kind !== 'latency' && rule.kind !== 'mutate';
      if ((ends && decision.rule) || !this.#strikes(active, method, target)) continue;
      if (rule.kind === 'latency') decision.latencyMs += rule.latencyMs ?? 1000;
      else if (rule.kind === 'mutate') decision.mutations.push(rule.mutation ?? {});
      else decision.rule = rule;
    }
    this.#active = this.#active.filter(({ rule, struck }) => rule.count === undefined || struck < rule.count);
    return decision;
  }

  #strikes(active: Active, method: string, target: string): boolean {
    const { rule, pattern } = active;
    if (rule.method && rule.method.toUpperCase() !== method) return false;
    if (pattern && !pattern.test(target)) return false;
    if (rule.count !== undefined && active.struck >= rule.count) return false;
    active.seen += 1;
    if (active.seen <= (rule.skip ?? 0)) return false;
    if (rule.probability !== undefined && !this.#rng.chance(rule.probability)) return false;
    active.struck += 1;
    return true;
  }
}

function activate(rule: FaultRule): Active {
  if (typeof rule !== 'object' || rule === null || !FAULT_KINDS.includes(rule.kind)) {
    throw new FaultRuleError(`A fault needs a "kind", one of: ${FAULT_KINDS.join(', ')}`);
  }
  let pattern: RegExp | null = null;
  try {
    if (rule.path !== undefined) pattern = new RegExp(rule.path);
  } catch (cause) {
    throw new FaultRuleError(`"path" is not a regular expression: ${rule.path}`, { cause });
  }
  return { rule: { ...rule }, pattern, seen: 0, struck: 0 };
}
