// From an HTTP request to an inquiry: the parameters of GraphQL over HTTP, with their types checked.
import type { IncomingMessage } from 'node:http';
import type { Result } from '../result.ts';
import { readBody } from './body.ts';
import type { Inquiry } from './port.ts';
import { badRequest } from './refusals.ts';

const isMap = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value);

function inquiryOf({ query, documentId, operationName, variables, extensions }: Record<string, unknown>, readOnly: boolean): Inquiry | Result {
  if (operationName != null && typeof operationName !== 'string') return badRequest('operationName must be a string');
  if (variables != null && !isMap(variables)) return badRequest('variables must be an object');
  if (extensions != null && !isMap(extensions)) return badRequest('extensions must be an object');
  if (documentId != null && typeof documentId !== 'string') return badRequest('documentId must be a string');
  if (query != null && typeof query !== 'string') return badRequest('query must be a string');
  const named = documentId != null || (isMap(extensions) && isMap(extensions['persistedQuery']));
  if (query == null && !named) return badRequest('The request holds no query', { hint: 'Send JSON such as {"query": "{ sales(first: 3) { totalCount } }"}.' });
  return { query: query ?? undefined, documentId: documentId ?? undefined, operationName, variables, extensions, ...(readOnly ? { readOnly } : {}) } as Inquiry;
}

function jsonOf(text: string | null): unknown {
  return text === null || text === '' ? undefined : JSON.parse(text);
}

/** `search`: what follows the question mark. */
export function inquiryOfUrl(search: string): Inquiry | Result {
  const parameters = new URLSearchParams(search);
  try {
    const texts = { query: parameters.get('query'), documentId: parameters.get('documentId'), operationName: parameters.get('operationName') };
    return inquiryOf({ ...texts, variables: jsonOf(parameters.get('variables')), extensions: jsonOf(parameters.get('extensions')) }, true);
  } catch {
    return badRequest('variables and extensions must be valid JSON');
  }
}

/** `application/json`, in UTF-8 where it says so. */
function isJson(contentType: string): boolean {
  if (contentType === 'application/json') return true;
  const [type, ...parameters] = contentType.toLowerCase().replace(/[\s"]/g, '').split(';');
  return type === 'application/json' && parameters.every((parameter) => !parameter.startsWith('charset=') || /^charset=utf-?8$/.test(parameter));
}

export async function inquiryOfBody(req: IncomingMessage, limit: number): Promise<Inquiry | Result> {
  if (!isJson(req.headers['content-type'] ?? '')) return badRequest('The body must be application/json, in UTF-8', { status: 415 });
  const text = await readBody(req, limit);
  if (typeof text !== 'string') return text;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return badRequest('The body is not valid JSON');
  }
  return isMap(body) ? inquiryOf(body, false) : badRequest('The body must be one JSON object', { hint: 'Send one operation per request.' });
}
