// The control of a running simulator, in the program (`simulator.control`) and over HTTP:
//   GET  /__control/stats    what arrived                   GET  /__control/faults   the rules that still strike
//   POST /__control/faults   a rule, or a list of them, replaces all; [] ends all
//   POST /__control/mutate   creates, updates, deletes or moves records, as users of the real system would meanwhile
//   POST /__control/reset    no faults, no changes, counters at zero
// Control requests spend no quota, need no token, and suffer no faults.
import { FaultRuleError } from './faults.ts';
import type { Faults, FaultRule, WireReply } from './faults.ts';
import type { Stats } from './stats.ts';

export const CONTROL_PREFIX = '/__control/';

export class MutationError extends Error {
  readonly code = 'BAD_MUTATION';
}

export interface ControlTarget {
  faults: Faults;
  stats: Stats;
  /** Changes records; its commands are the provider's own. Throws MutationError. */
  mutate(command: Record<string, unknown>): unknown;
  /** Undoes every change of records, and the limiter's memory. */
  reset(): void;
}

export class SimulatorControl {
  readonly stats: Stats;
  readonly #target: ControlTarget;

  constructor(target: ControlTarget) {
    this.#target = target;
    this.stats = target.stats;
  }

  /** Replaces all faults. */
  set(rules: FaultRule | readonly FaultRule[]): void {
    this.#target.faults.set(rules);
  }

  add(rule: FaultRule): void {
    this.#target.faults.add(rule);
  }

  clear(): void {
    this.#target.faults.clear();
  }

  faults(): (FaultRule & { struck: number })[] {
    return this.#target.faults.list();
  }

  mutate(command: Record<string, unknown>): unknown {
    return this.#target.mutate(command);
  }

  reset(): void {
    this.#target.faults.clear();
    this.#target.stats.reset();
    this.#target.reset();
  }

  /** Answers a request below CONTROL_PREFIX. */
  handle(method: string, path: string, body: string): WireReply {
    const action = `${method} ${path.slice(CONTROL_PREFIX.length)}`;
    try {
      switch (action) {
        case 'GET stats':
          return json(200, this.stats.snapshot());
        case 'GET faults':
          return json(200, this.faults());
        case 'POST faults': {
          this.set(parse(body) as FaultRule[]);
          return json(200, this.faults());
        }
        case 'POST mutate':
          return json(200, { result: this.mutate(parse(body) as Record<string, unknown>) ?? null });
        case 'POST reset': {
          this.reset();
          return json(200, { reset: true });
        }
        default:
          return json(404, { error: `No control "${action}"` });
      }
    } catch (error) {
      if (error instanceof FaultRuleError || error instanceof MutationError)
        return json(400, { code: error.code, error: error.message });
      throw error;
    }
  }
}

function parse(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below, like JSON of the wrong kind.
  }
  throw new MutationError('The body must be a JSON object or list');
}

function json(status: number, value: unknown): WireReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
