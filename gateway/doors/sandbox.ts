// The page at GET /graphql in a browser: Apollo's hosted Sandbox, pointed at this server. Where it cannot load (no internet),
// the page itself says where to point a client, and asks by itself.
import { createHash } from 'node:crypto';
import { FIRST_QUERY, SCRIPT } from './sandbox-script.ts';

const STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
#sandbox { position: fixed; inset: 0; background: Canvas; }
#sandbox iframe { width: 100%; height: 100%; border: 0; }
main { max-width: 62rem; margin: 0 auto; padding: 3rem 1.5rem; }
h1 { margin: 0 0 .25rem; font-size: 1.6rem; } h2 { font-size: 1.2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.2rem; margin: 1.5rem 0; }
dt { font-weight: 600; } dd { margin: 0; overflow-wrap: anywhere; }
pre { padding: 1rem; border: 1px solid color-mix(in srgb, CanvasText 20%, transparent); border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
textarea, input { box-sizing: border-box; width: 100%; padding: .6rem; border: 1px solid color-mix(in srgb, CanvasText 20%, transparent); border-radius: .5rem; }
label { display: block; margin: .8rem 0; font-weight: 600; }
button { padding: .4rem 1.2rem; font: inherit; }
code, pre, textarea, input { font-family: ui-monospace, monospace; font-size: .9em; }
.note { opacity: .75; }`;

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
  /** Path of the Prometheus metrics; undefined where there are none. */
  readonly metrics?: string | undefined;
}

const escape = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

export const sandboxPage = ({ routes, docsUrl, metrics }: SandboxPage): string => `<!doctype html>
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
<dt>Subscriptions</dt>
<dd><code data-ws>/graphql</code> (WebSocket, graphql-transport-ws)<br>
<code data-sse>/graphql/stream</code> (server-sent events; also <code data-http>/graphql</code> with <code>accept: text/event-stream</code>)<br>
<code data-http>/graphql</code> (multipart HTTP, with <code>accept: multipart/mixed;subscriptionSpec=1.0</code>)</dd>
<dt>Key</dt><dd>where this server asks for one: <code>x-api-key: …</code> or <code>authorization: Bearer …</code>; over WebSocket in <code>connectionParams</code></dd>
<dt>Schema</dt><dd><a href="/schema.graphql">/schema.graphql</a></dd>
<dt>Health</dt><dd><a href="/health/live">/health/live</a> · <a href="/health/ready">/health/ready</a></dd>
${metrics === undefined ? '' : `<dt>Metrics</dt><dd><a href="${escape(metrics)}">${escape(metrics)}</a> (Prometheus; where keys are asked for, with the scope <code>metrics:read</code>)</dd>`}
${docsUrl === undefined ? '' : `<dt>Documentation</dt><dd><a href="${escape(docsUrl)}">${escape(docsUrl)}</a></dd>`}
</dl>
<section>
<h2>Ask here</h2>
<label>Key <input id="key" type="password" autocomplete="off" spellcheck="false" placeholder="sent as x-api-key, and kept nowhere; empty where none is asked for"></label>
<label>Operation <textarea id="query" rows="14" spellcheck="false">${escape(FIRST_QUERY)}</textarea></label>
<label>Variables <textarea id="variables" rows="2" spellcheck="false" placeholder="{}"></textarea></label>
<p><button id="ask" type="button">Ask</button> <button id="stop" type="button" disabled>Stop</button></p>
<pre id="answer" aria-live="polite"></pre>
</section>
<p>Try it from a terminal:</p>
<pre data-curl>curl URL -H 'content-type: application/json' -d '{"query":"{ sales(first: 3) { edges { node { number total client { name } } } } }"}'</pre>
<p>REST routes for those who need no GraphQL:</p>
<pre>${routes.map(escape).join('\n')}</pre>
<noscript><p>Apollo Sandbox and the fields above need JavaScript. All addresses work without it.</p></noscript>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
