// What runs in the browser on the page at GET /graphql: the addresses as the browser sees them, a small console of the page's own
// (with a key where the gateway asks for one), and Apollo's Sandbox over it when its script comes.

const SANDBOX_URL = 'https://embeddable-sandbox.cdn.apollographql.com/_latest/embeddable-sandbox.umd.production.min.js';

/** What the Sandbox and the console open with. */
export const FIRST_QUERY = `# Sales of the ERP, joined to the contacts of the CRM.
query SalesWithCrm {
  sales(first: 10, orderBy: { field: DATE, direction: DESC }) {
    totalCount
    edges {
      node {
        number
        date
        total
        client { name contact { name phones } }
        salesperson { name contact { name deals(first: 3) { edges { node { name price status } } } } }
      }
    }
  }
}
`;

/**
 * The key lives in its field only: it is stored nowhere, and sent to this server alone. Answers are shown as text as they come, so
 * that a subscription (asked for as server-sent events) shows its events; of a long stream the end is kept.
 */
export const SCRIPT = `
const http = location.origin + location.pathname;
const ws = http.replace(/^http/, 'ws');
const find = (selector) => document.querySelector(selector);
document.querySelectorAll('[data-http]').forEach((e) => { e.textContent = http; });
document.querySelectorAll('[data-ws]').forEach((e) => { e.textContent = ws; });
document.querySelectorAll('[data-sse]').forEach((e) => { e.textContent = http + '/stream'; });
document.querySelectorAll('[data-curl]').forEach((e) => { e.textContent = e.textContent.replace('URL', http); });
const answer = find('#answer');
const stop = find('#stop');
let used = false;
let under;
const show = (text) => { answer.textContent = text.slice(-200000); };
async function ask() {
  used = true;
  if (under) under.abort();
  const own = under = new AbortController();
  stop.disabled = false;
  show('…');
  let text = '';
  try {
    const variables = find('#variables').value.trim();
    const key = find('#key').value.trim();
    const response = await fetch(http, {
      method: 'POST',
      credentials: 'omit',
      headers: Object.assign({ 'content-type': 'application/json', accept: 'application/graphql-response+json, text/event-stream' }, key === '' ? {} : { 'x-api-key': key }),
      body: JSON.stringify({ query: find('#query').value, variables: variables === '' ? undefined : JSON.parse(variables) }),
      signal: own.signal,
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      text = (text + part.value).slice(-200000);
      show(text);
    }
    if ((response.headers.get('content-type') || '').includes('json')) show(JSON.stringify(JSON.parse(text), null, 2));
  } catch (error) {
    if (!own.signal.aborted) show((text === '' ? '' : text + '\\n') + String(error));
  }
  if (under === own) stop.disabled = true;
}
find('#ask').addEventListener('click', ask);
stop.addEventListener('click', () => { under.abort(); stop.disabled = true; });
const state = find('#state');
const script = document.createElement('script');
script.src = ${JSON.stringify(SANDBOX_URL)};
script.onload = () => {
  if (used) {
    state.textContent = 'Apollo Sandbox has come meanwhile: load this page again to see it.';
    return;
  }
  const frame = document.createElement('div');
  frame.id = 'sandbox';
  document.body.append(frame);
  new window.EmbeddedSandbox({
    target: '#sandbox',
    initialEndpoint: http,
    initialSubscriptionEndpoint: ws,
    initialState: { document: ${JSON.stringify(FIRST_QUERY)}, includeCookies: false, pollForSchemaUpdates: false },
    hideCookieToggle: true,
    runTelemetry: false,
  });
};
script.onerror = () => { state.textContent = 'Apollo Sandbox could not be loaded: this browser has no way to its server. Everything below works without it.'; };
document.head.append(script);
`;
