// The page's own console, as where Apollo's Sandbox cannot be loaded: its script runs here over a handful of made-up elements and
// asks a real gateway that wants a key.
import { createContext, runInContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OPEN } from '../../gateway/principal.ts';
import { createTelemetry } from '../../gateway/telemetry/index.ts';
import { PonteError } from '../../lib/errors.ts';
import { silentLogger } from '../../lib/log.ts';
import { authBy, startGateway, type Running } from '../support/gateway-server.ts';

const KEY = 'a key that only this test knows';

interface Element {
  textContent: string;
  value: string;
  disabled: boolean;
  onclick?: () => unknown;
  addEventListener(name: string, listener: () => unknown): void;
}

let running: Running;
let page: string;
beforeAll(async () => {
  const auth = authBy(({ headers }) => {
    if (headers['x-api-key'] !== KEY) throw new PonteError('UNAUTHENTICATED', 'A key is needed');
    return OPEN;
  });
  running = await startGateway('local', { auth, telemetry: createTelemetry({ log: silentLogger, processMetrics: false }) });
  page = await (await fetch(`${running.gateway.url}/graphql`, { headers: { accept: 'text/html' } })).text();
});
afterAll(() => running.close());

/** Runs the script of the page; `script.onerror` of the Sandbox is what a browser without internet calls. */
function open() {
  const [, script] = /<script>([\s\S]*?)<\/script>/.exec(page)!;
  const elements = new Map<string, Element>();
  const element = (): Element => {
    const made: Element = { textContent: '', value: '', disabled: false, addEventListener: (_name, listener) => void (made.onclick = listener) };
    return made;
  };
  const find = (selector: string): Element => {
    // Only what the page holds can be found in it.
    expect(page).toContain(selector.startsWith('#') ? `id="${selector.slice(1)}"` : selector.slice(1, -1));
    if (!elements.has(selector)) elements.set(selector, element());
    return elements.get(selector)!;
  };
  const loaded: Record<string, () => void> = {};
  const document = { querySelector: find, querySelectorAll: (selector: string) => [find(selector)], createElement: () => loaded, head: { append: () => undefined }, body: { append: () => undefined } };
  const sent: (string | null)[] = [];
  const spying: typeof fetch = (input, init) => {
    sent.push(new Headers(init?.headers).get('x-api-key'));
    return fetch(input, init);
  };
  runInContext(script!, createContext({ location: { origin: running.gateway.url, pathname: '/graphql' }, document, window: {}, fetch: spying, AbortController, TextDecoderStream }));
  return { find, loaded, sent };
}

test('addresses are shown for HTTP, WebSocket, server-sent events and metrics; without internet the page says so', () => {
  const { find, loaded } = open();
  const { url } = running.gateway;
  expect(find('[data-http]').textContent).toBe(`${url}/graphql`);
  expect(find('[data-ws]').textContent).toBe(`${url.replace('http', 'ws')}/graphql`);
  expect(find('[data-sse]').textContent).toBe(`${url}/graphql/stream`);
  expect(page).toContain('multipart/mixed;subscriptionSpec=1.0');
  expect(page).toContain('<a href="/metrics">');
  loaded['onerror']!();
  expect(find('#state').textContent).toContain('could not be loaded');
});

test('a question without a key is refused, with the key it is answered; the key goes into its header only', async () => {
  const { find, sent } = open();
  find('#query').value = 'query ($id: ID!) { sale(id: $id) { number } }';
  find('#variables').value = '{"id":"s1"}';
  await find('#ask').onclick!();
  expect(JSON.parse(find('#answer').textContent)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  find('#key').value = ` ${KEY} `;
  await find('#ask').onclick!();
  expect(JSON.parse(find('#answer').textContent)).toEqual({ data: { sale: { number: expect.any(String) } } });
  expect(sent).toEqual([null, KEY]);
});

test('variables that are no JSON are told, and nothing is sent', async () => {
  const { find, sent } = open();
  find('#variables').value = '{id}';
  await find('#ask').onclick!();
  expect(find('#answer').textContent).toMatch(/JSON/);
  expect(sent).toEqual([]);
});

test('a subscription shows its events as they come, until it is stopped', async () => {
  const { find } = open();
  find('#key').value = KEY;
  find('#query').value = 'subscription { saleChanged { change sale { number } } }';
  const over = find('#ask').onclick!();
  await expect.poll(() => running.graph.changes.readers).toBe(1);
  for (const change of ['made', 'paid']) {
    running.graph.changes.publish({ change, id: 's1' });
    await expect.poll(() => find('#answer').textContent).toContain(`"change":"${change}"`);
  }
  expect(find('#stop').disabled).toBe(false);
  find('#stop').onclick!();
  await over;
  await expect.poll(() => running.graph.changes.readers).toBe(0);
  expect(find('#answer').textContent).not.toMatch(/Abort/);
});
