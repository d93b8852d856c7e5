// How the API writes: envelopes, paging metadata, errors and escapes (gestao-click.md 3).
import type { WireReply } from '../faults.ts';
import type { GestaoClickSwitches } from './switches.ts';

/** The API escapes slashes and everything beyond ASCII (3.1). */
export function encode(value: unknown): string {
  return JSON.stringify(value)
    .replace(/\//g, '\\/')
    .replace(
      /[\u007f-\uffff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
}

export function reply(status: number, value: unknown): WireReply {
  return { status, headers: { 'content-type': 'application/json; charset=UTF-8' }, body: encode(value) };
}

/** A single record, or the sentence of a DELETE. */
export function success(data: unknown): WireReply {
  return reply(200, { code: 200, status: 'success', data });
}

/** The body of an error. For 401 and 429 its shape is a guess: only the one of 404 was seen. */
export function errorBody(code: number, name: string, message: string): unknown {
  return { code, status: 'error', data: { erro: name, mensagem: message } };
}

/** A refusal that the caller is told about; validation comes as 404 (3.3). */
export class Refused extends Error {
  readonly code = 'REFUSED';
  readonly status: number;
  readonly erro: string;

  constructor(message: string, status = 404, erro = 'Not Found') {
    super(message);
    this.status = status;
    this.erro = erro;
  }
}

export function refusal(error: Refused, switches: GestaoClickSwitches): WireReply {
  const status = error.status === 404 && switches.errorsIn200 ? 200 : error.status;
  return reply(status, errorBody(error.status, error.erro, error.message));
}

export interface PageFacts {
  resource: string;
  total: number;
  page: number;
  limit: number;
  /** Rows on this page. */
  count: number;
  /** The query without page and limit, to be repeated in the links. */
  rest: string;
}

function meta(facts: PageFacts, switches: GestaoClickSwitches): Record<string, unknown> {
  const pages = Math.ceil(facts.total / facts.limit);
  const url = (page: number): string =>
    `/api/${facts.resource}?limite=${facts.limit}&pagina=${page}${facts.rest}`;
  const previous = facts.page > 1 ? facts.page - 1 : null;
  const next = facts.page < pages ? facts.page + 1 : null;
  return {
    total_registros: facts.total,
    ...(switches.meta === 'live'
      ? { total_paginas: pages, total_registros_pagina: facts.count }
      : { total_da_pagina: facts.count }),
    pagina_atual: facts.page,
    limite_por_pagina: facts.limit,
    pagina_anterior: previous,
    url_anterior: previous === null ? null : url(previous),
    proxima_pagina: next,
    proxima_url: next === null ? null : url(next),
  };
}

export function list(rows: readonly unknown[], facts: PageFacts, switches: GestaoClickSwitches): WireReply {
  const data = rows.length === 0 && switches.emptyList === 'sentence' ? 'Não há dados!' : rows;
  return reply(200, { code: 200, status: 'success', meta: meta(facts, switches), data });
}
