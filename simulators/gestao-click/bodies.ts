// What this provider writes when something fails. Of these bodies only the 404 with a message, the sentence of 429 and
// the web pages were seen (gestao-click.md 1, 2, 3.3); the others have the same shape by guess.
import type { AnsweredFault, FaultBodies, WireReply } from '../faults.ts';
import { encode, errorBody, reply } from './dialect.ts';

export const LIMIT_MESSAGE = 'O limite de requisicoes foi atingido';

const html = (status: number, body: string): WireReply => ({
  status,
  headers: { 'content-type': 'text/html; charset=UTF-8' },
  body,
});

export function tooManyRequests(): WireReply {
  return reply(429, errorBody(429, 'Too Many Requests', LIMIT_MESSAGE));
}

export function unauthorized(): WireReply {
  return reply(
    401,
    errorBody(
      401,
      'Unauthorized',
      'Acesso não autorizado. Verifique o access-token e o secret-access-token.',
    ),
  );
}

/** CakePHP's own 404; also transient, for seconds, on paths that exist (3.3). */
export function noController(resource: string): WireReply {
  const name = resource
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
  return reply(404, errorBody(404, 'Not Found', `Controller class ${name}Controller could not be found.`));
}

export const BODIES: FaultBodies = {
  reply(kind: AnsweredFault, retryAfter: number): WireReply {
    switch (kind) {
      case '401':
        return unauthorized();
      case '402':
        return reply(402, errorBody(402, 'Payment Required', 'Plano suspenso por falta de pagamento.'));
      case '403':
        return reply(
          403,
          errorBody(403, 'Forbidden', 'O usuário não possui permissão para acessar este recurso.'),
        );
      case '403_html':
        return html(
          403,
          '<html><head><title>403 Forbidden</title></head><body><center><h1>403 Forbidden</h1></center></body></html>',
        );
      case '404':
        return noController('vendas');
      case '429':
        return tooManyRequests();
      case '429_header': {
        const plain = tooManyRequests();
        return { ...plain, headers: { ...plain.headers, 'retry-after': String(retryAfter) } };
      }
      case '429_body':
        return reply(429, {
          ...(errorBody(429, 'Too Many Requests', LIMIT_MESSAGE) as object),
          retry_after: retryAfter,
        });
      case '500':
        return reply(500, errorBody(500, 'Internal Server Error', 'An Internal Error Has Occurred.'));
      case '504':
        return html(
          504,
          '<html><head><title>504 Gateway Time-out</title></head><body><center><h1>504 Gateway Time-out</h1></center></body></html>',
        );
      case 'html_200':
        return html(
          200,
          '<div class="cake-error"><pre>Warning (2): Invalid argument supplied for foreach()</pre></div>',
        );
    }
  },
  stringList(good: WireReply): WireReply {
    try {
      const body = JSON.parse(good.body) as { data: unknown };
      return { ...good, body: encode({ ...body, data: 'Ocorreu um erro ao carregar os dados' }) };
    } catch {
      return good;
    }
  },
};
