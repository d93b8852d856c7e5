// The page at GET /graphql in a browser: Apollo's hosted Sandbox, pointed at this server. Where it cannot load (no internet),
// the page itself says where to point a client.
import { createHash } from 'node:crypto';

const SCRIPT_URL = 'https://embeddable-sandbox.cdn.apollographql.com/_latest/embeddable-sandbox.umd.production.min.js';

/** What the Sandbox opens with. */
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

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
#sandbox { position: fixed; inset: 0; background: Canvas; }
#sandbox iframe { width: 100%; height: 100%; border: 0; }
main { max-width: 62rem; margin: 0 auto; padding: 3rem 1.5rem; }
h1 { margin: 0 0 .25rem; font-size: 1.6rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.2rem; margin: 1.5rem 0; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
pre { padding: 1rem; border: 1px solid color-mix(in srgb, CanvasText 20%, transparent); border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
.note { opacity: .75; }`;

/** Fills in the addresses as the browser sees them, then mounts the Sandbox when its script came. */
const SCRIPT = `
const http = location.origin + location.pathname;
const ws = http.replace(/^http/, 'ws');
document.querySelectorAll('[data-http]').forEach((e) => { e.textContent = http; });
document.querySelectorAll('[data-ws]').forEach((e) => { e.textContent = ws; });
document.querySelectorAll('[data-curl]').forEach((e) => { e.textContent = e.textContent.replace('URL', http); });
const state = document.querySelector('#state');
const script = document.createElement('script');
script.src = ${JSON.stringify(SCRIPT_URL)};
script.onload = () => {
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

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The page runs its own script and Apollo's, shows Apollo's frame, and talks to this server only. */
export const SANDBOX_CSP = [
  `default-src 'none'`,
  `script-src ${hashOf(SCRIPT)} https://embeddable-sandbox.cdn.apollographql.com`,
  `style-src 'unsafe-inline' https://embeddable-sandbox.cdn.apollographql.com https://fonts.googleapis.com`,
  `font-src https://fonts.gstatic.com`,
  `img-src 'self' data: https://*.apollographql.com`,
  `connect-src 'self' ws: wss: https://*.apollographql.com`,
  `frame-src https://sandbox.embed.apollographql.com`,
  `base-uri 'none'`,
  `form-action 'none'`,
  `frame-ancestors 'self'`,
].join('; ');

export interface SandboxPage {
  /** e.g. `POST /api/kommo/sync` */
  readonly routes: readonly string[];
  readonly docsUrl?: string | undefined;
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

export const sandboxPage = ({ routes, docsUrl }: SandboxPage): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ponte · GraphQL</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Ponte</h1>
<p>One GraphQL graph over Gestão Click and Kommo.</p>
<p class="note" id="state">Loading Apollo Sandbox …</p>
<dl>
<dt>Queries, mutations</dt><dd><code data-http>/graphql</code> (HTTP POST)</dd>
<dt>Subscriptions</dt><dd><code data-ws>/graphql</code> (WebSocket, graphql-transport-ws)</dd>
<dt>Schema</dt><dd><a href="/schema.graphql">/schema.graphql</a></dd>
<dt>Health</dt><dd><a href="/health/live">/health/live</a> · <a href="/health/ready">/health/ready</a></dd>
${docsUrl === undefined ? '' : `<dt>Documentation</dt><dd><a href="${escape(docsUrl)}">${escape(docsUrl)}</a></dd>`}
</dl>
<p>Try it from a terminal:</p>
<pre data-curl>curl URL -H 'content-type: application/json' -d '{"query":"{ sales(first: 3) { edges { node { number total client { name } } } } }"}'</pre>
<p>REST routes for those who need no GraphQL:</p>
<pre>${routes.map(escape).join('\n')}</pre>
<noscript><p>Apollo Sandbox needs JavaScript. Everything above works without it.</p></noscript>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
