// How long the API takes to answer, as measured on 21/10/2025 (gestao-click.md 11.18).
import { segmentsOf } from './query.ts';

/** `documented`, `none`, or milliseconds for every request. */
export type Latency = 'documented' | 'none' | number;

const DOCUMENTED_MS: Readonly<Record<string, number>> = {
  vendas: 1400,
  compras: 1200,
  orcamentos: 1200,
  produtos: 650,
  clientes: 500,
  recebimentos: 270,
  pagamentos: 270,
};
const SMALL_TABLE_MS = 150;

/** Milliseconds for a request of this path. */
export function latencyOf(latency: Latency, path: string): number {
  if (latency === 'none') return 0;
  if (latency !== 'documented') return latency;
  return DOCUMENTED_MS[segmentsOf(path)[0] ?? ''] ?? SMALL_TABLE_MS;
}
