// The punishment for going on after 429: for a while every call of the address gets an HTML 403, good token or not
// (kommo.md 2.2). How many 429 it takes and how long it lasts is not documented, so both are a switch.
import type { KommoSwitches } from './switches.ts';

export class IpBlock {
  #switches: KommoSwitches;
  #refusals: number[] = [];
  #until = 0;

  constructor(switches: KommoSwitches) {
    this.#switches = switches;
  }

  active(): boolean {
    return performance.now() < this.#until;
  }

  /** Notes a 429. */
  refused(): void {
    const rule = this.#switches.ipBlock;
    if (rule === false) return;
    const now = performance.now();
    this.#refusals = this.#refusals.filter((at) => now - at < rule.withinMs);
    this.#refusals.push(now);
    if (this.#refusals.length < rule.after) return;
    this.#until = now + rule.forMs;
    this.#refusals = [];
  }

  lift(): void {
    this.#until = 0;
    this.#refusals = [];
  }
}
