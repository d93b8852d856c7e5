// What the provider writes in each of the shared faults (kommo.md 2.2), and how a reply goes onto the wire.
import type { AnsweredFault, FaultBodies, WireReply } from '../faults.ts';
import type { Reply } from './problem.ts';
import { blockedPage, internalError, problem, scopeMissing, tooManyRequests, unauthorized } from './problem.ts';

export function toWire(reply: Reply): WireReply {
  const headers = { 'x-request-id': 'simulated', ...reply.headers };
  if (reply.html !== undefined)
    return { status: reply.status, headers: { ...headers, 'content-type': 'text/html' }, body: reply.html };
  if (reply.body === undefined) return { status: reply.status, headers, body: '' };
  return {
    status: reply.status,
    headers: { ...headers, 'content-type': reply.contentType ?? 'application/json' },
    body: JSON.stringify(reply.body),
  };
}

const PAGE = '<!DOCTYPE html><html><head><title>Kommo</title></head><body>Estamos em manutenção.</body></html>';

function faultReply(kind: AnsweredFault, retryAfter: number): Reply {
  switch (kind) {
    case '401':
      return unauthorized();
    case '402':
      return problem(402, 'Payment required');
    case '403':
      return scopeMissing();
    case '403_html':
      return blockedPage();
    case '404':
      return problem(404, 'Cannot GET the requested address');
    // without any hint, as a proxy in front of the provider may answer
    case '429':
      return problem(429, 'Too many requests, slow down');
    case '429_header':
      return { ...problem(429, 'Too many requests, slow down'), headers: { 'retry-after': String(retryAfter) } };
    case '429_body':
      return tooManyRequests(retryAfter, false);
    case '500':
      return internalError('simulated');
    case '504':
      return problem(504, 'Gateway timeout');
    case 'html_200':
      return { status: 200, html: PAGE };
  }
}

export const kommoFaultBodies: FaultBodies = {
  reply: (kind, retryAfter) => toWire(faultReply(kind, retryAfter)),
  stringList(reply) {
    if (reply.body === '') return reply;
    const body = JSON.parse(reply.body) as { _embedded?: Record<string, unknown> };
    const key = Object.keys(body._embedded ?? {})[0];
    if (key === undefined) return reply;
    return { ...reply, body: JSON.stringify({ ...body, _embedded: { ...body._embedded, [key]: 'no records' } }) };
  },
};
