// What every answer tells browsers; and what is off in production unless somebody says otherwise.
import { describe, expect, test } from 'vitest';
import { securityHeaders } from '../../gateway/doors/headers.ts';
import { startGateway } from '../support/gateway-server.ts';

describe('security headers', () => {
  const asObject = (list: readonly string[]) => Object.fromEntries(Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i], list[2 * i + 1]]));
  test('for an API: nothing is rendered, framed, guessed or told to others', () => {
    expect(asObject(securityHeaders({ tls: false }))).toEqual({
      'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'x-xss-protection': '0',
    });
  });
  test('under TLS, and only there, browsers are told to stay there', () => {
    expect(asObject(securityHeaders({ tls: true }))['strict-transport-security']).toMatch(/^max-age=31536000/);
  });
});

describe('in production', () => {
  const SCHEMA = '{ __schema { queryType { name } } }';
  test.each([
    [undefined, undefined, false, false],
    [true, undefined, true, false],
    [undefined, true, false, true],
    [true, true, true, true],
  ])('INTROSPECTION %s, SANDBOX %s: schema %s, page %s', async (introspection, sandbox, schema, page) => {
    const running = await startGateway('local', { production: true, ...(introspection === undefined ? {} : { introspection }), ...(sandbox === undefined ? {} : { sandbox }) });
    const { status, errors } = await running.ask(SCHEMA);
    expect(status).toBe(schema ? 200 : 400);
    if (!schema) expect(errors?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect((await fetch(`${running.gateway.url}/schema.graphql`)).status).toBe(schema ? 200 : 404);
    const shown = await fetch(`${running.gateway.url}/graphql`, { headers: { accept: 'text/html' } });
    expect((shown.headers.get('content-type') ?? '').startsWith('text/html')).toBe(page);
    // Suggestions are names of the schema too.
    const wrong = await running.ask('{ sale(id: "s1") { numbr } }');
    expect(/Did you mean/.test(wrong.errors?.[0]?.message ?? '')).toBe(schema);
    await running.close();
  });
});
