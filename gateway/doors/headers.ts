// Headers that every answer carries: what browsers may do with it, who asked, and for which page it may be read.
import helmet from 'helmet';
import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { OriginRule } from './origins.ts';

/** Names and values in turn, as `writeHead` takes them. */
export type HeaderList = string[];

/** Collected once from the library, so that an answer costs no call of it. */
export function securityHeaders({ tls }: { tls: boolean }): HeaderList {
  const list: HeaderList = [];
  const collector = { setHeader: (name: string, value: string | number | readonly string[]) => void list.push(name.toLowerCase(), String(value)), removeHeader: () => undefined };
  const set = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"], baseUri: ["'none'"], formAction: ["'none'"] } },
    // Answers are read across origins by CORS alone; the page signs in at Apollo through a window that it opens.
    crossOriginOpenerPolicy: false,
    xDownloadOptions: false,
    xDnsPrefetchControl: false,
    xPermittedCrossDomainPolicies: false,
    originAgentCluster: false,
    strictTransportSecurity: tls,
  });
  set({} as IncomingMessage, collector as unknown as ServerResponse, () => undefined);
  return list;
}

const SANE = /^[\w.:/+=@-]{1,128}$/;

/** The client's own id where it is safe to log and to send back. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && SANE.test(given) ? given : randomUUID();
}

/** Puts together what an answer to this request carries. */
export function createHeaders({ tls, originAllowed }: { tls: boolean; originAllowed: OriginRule }): (headers: IncomingHttpHeaders, id: string) => HeaderList {
  const always = [...securityHeaders({ tls }), 'cache-control', 'no-store', 'vary', 'Origin, Accept'];
  return (headers, id) => {
    const list = [...always, 'x-request-id', id];
    const { origin } = headers;
    if (origin !== undefined && originAllowed(headers)) {
      list.push('access-control-allow-origin', origin, 'access-control-expose-headers', 'x-request-id, retry-after, etag');
    }
    return list;
  };
}
