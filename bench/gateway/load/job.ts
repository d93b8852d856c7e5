// What the load generator is told, and what it says afterwards.
import type { Fields } from './subset.ts';

export interface LoadJob {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON bodies, sent in turns. Where `marker` stands in one, a number is written that no other request of the run has. */
  readonly bodies: readonly string[];
  /** The answer to each body, to the byte (the marker stands for its number here too). Any other answer counts as wrong. */
  readonly answers: readonly string[];
  readonly marker: string;
  /** First number that is written in place of the marker, or that chooses fields. */
  readonly sequence: number;
  /** Where it is there, every request selects others of these fields: they stand in each body as `printFields` writes them. */
  readonly subsets?: Fields | undefined;
  readonly connections: number;
  readonly seconds: number;
  /** Requests per second, sent by the clock, waiting time counted from when they were due. Without it: each connection asks again as soon as it has its answer. */
  readonly rate?: number;
}

export interface LoadResult {
  /** Answered in all. */
  readonly requests: number;
  /** Of them, neither 200 nor the expected bytes. */
  readonly wrong: number;
  /** What the first wrong one looked like. */
  readonly firstWrong?: string;
  /** Answers per second, until the last one: what was under way when the time was over is waited for. */
  readonly rps: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}
