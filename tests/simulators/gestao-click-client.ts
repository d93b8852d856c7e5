// The least that is needed to talk to the simulator from a test: tokens, paths, and nothing clever.
import { startGestaoClickSimulator } from '../../simulators/gestao-click/index.ts';
import type {
  GestaoClickSimulator,
  GestaoClickSimulatorOptions,
} from '../../simulators/gestao-click/index.ts';
import { createWorld } from '../../simulators/world/index.ts';
import type { WorldOptions, WorldPreset } from '../../simulators/world/index.ts';

export const TODAY = '2026-11-20';
export const TOKENS = { accessToken: 'a'.repeat(40), secretToken: 'b'.repeat(40) };
export const HEADERS = { 'access-token': TOKENS.accessToken, 'secret-access-token': TOKENS.secretToken };

/** Kinds of sales and ids of stores, as lists are asked for them; all days there are. */
export const KINDS = ['produto', 'servico', 'vendas_balcao'];
export const STORES = ['2001', '2002'];
export const WIDE = { data_inicio: '2020-01-01', data_fim: '2030-12-31' };

export type Json = Record<string, unknown>;

export interface ListBody {
  code: number;
  status: string;
  meta: Record<string, number | string | null>;
  data: Json[];
}

type WorldInput = WorldOptions & { preset?: WorldPreset };

/** A simulator without limits over a small world. */
export function startSimulator(
  options: Partial<GestaoClickSimulatorOptions> = {},
  world: WorldInput = { preset: 'small', today: TODAY },
): Promise<GestaoClickSimulator> {
  return startGestaoClickSimulator({ world: createWorld(world), limits: false, ...TOKENS, ...options });
}

export interface Answer<T = Json> {
  status: number;
  headers: Headers;
  text: string;
  json: T;
}

export async function call<T = Json>(
  simulator: { url: string },
  path: string,
  init: RequestInit = {},
): Promise<Answer<T>> {
  const response = await fetch(`${simulator.url}${path}`, {
    ...init,
    headers: { ...HEADERS, ...init.headers },
  });
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json: json as T };
}

export function send<T = Json>(
  simulator: { url: string },
  method: string,
  path: string,
  body: unknown,
): Promise<Answer<T>> {
  return call<T>(simulator, path, { method, body: JSON.stringify(body) });
}

/** One page of a list. */
export async function page(simulator: { url: string }, path: string): Promise<ListBody> {
  const answer = await call<ListBody>(simulator, path);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
  return answer.json;
}

/** Every row of a list, page by page as the metadata leads. */
export async function everything(
  simulator: { url: string },
  resource: string,
  query: Record<string, string> = {},
): Promise<{ rows: Json[]; pages: number; total: number }> {
  const rows: Json[] = [];
  for (let number = 1; ; number++) {
    const body = await page(
      simulator,
      `/${resource}?${new URLSearchParams({ ...query, limite: '100', pagina: String(number) }).toString()}`,
    );
    rows.push(...body.data);
    if (body.meta['proxima_pagina'] === null)
      return { rows, pages: number, total: Number(body.meta['total_registros']) };
  }
}

/** `"60.00"` -> 6000. */
export const cents = (text: unknown): number => Math.round(Number(text ?? 0) * 100);
