// Finds the handler of a path below `/api/v4`. Fixed names win over parameters, so `/leads/pipelines` is no lead.
import type { Handler, Route } from './call.ts';

interface Entry {
  pattern: RegExp;
  names: string[];
  handlers: Map<string, Handler>;
}

export type Found =
  { kind: 'handler'; handler: Handler; params: Record<string, string> } | { kind: 'wrong_verb' } | { kind: 'nothing' };

export function createRouter(routes: readonly Route[]): (method: string, path: string) => Found {
  const entries = new Map<string, Entry>();
  for (const [method, path, handler] of routes) {
    let entry = entries.get(path);
    if (!entry) {
      const names = [...path.matchAll(/:(\w+)/g)].map((match) => match[1] as string);
      // ids are numbers, but for events, incoming leads and groups, whose parameters have other names
      const source = path.replace(/:(\w+)/g, (_, name: string) =>
        name === 'uid' || name === 'eid' ? '([\\w-]+)' : '(\\d+)',
      );
      entry = { pattern: new RegExp(`^${source}/?$`), names, handlers: new Map() };
      entries.set(path, entry);
    }
    entry.handlers.set(method, handler);
  }
  const ordered = [...entries.entries()]
    .sort(([a], [b]) => a.split(':').length - b.split(':').length)
    .map(([, entry]) => entry);

  return (method, path) => {
    for (const entry of ordered) {
      const match = entry.pattern.exec(path);
      if (!match) continue;
      const handler = entry.handlers.get(method);
      if (!handler) return { kind: 'wrong_verb' };
      return {
        kind: 'handler',
        handler,
        params: Object.fromEntries(entry.names.map((name, index) => [name, match[index + 1] as string])),
      };
    }
    return { kind: 'nothing' };
  };
}
