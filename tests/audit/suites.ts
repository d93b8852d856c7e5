// Loads the suites of a checkout of the public federation gateway audit into this process. Their files import the audit's own
// HTTP server; here those two modules are replaced by plain values, and `graphql` is the one that is installed here.
import { readdir } from 'node:fs/promises';
import { register } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface AuditSubgraph {
  readonly name: string;
  readonly typeDefs: string;
  readonly resolvers: never;
}
export interface AuditCase {
  readonly query: string;
  /** Without `errors`, both an answer with and one without errors are right. */
  readonly expected: { readonly data?: unknown; readonly errors?: boolean };
}
export interface AuditSuite {
  readonly id: string;
  readonly subgraphs: readonly AuditSubgraph[];
  readonly cases: readonly AuditCase[];
}

const module = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;
const SUBGRAPH = module('export const createSubgraph = (name, parts) => ({ name, ...parts });');
const SUPERGRAPH = module('export const serve = (id, subgraphs, tests) => ({ id, subgraphs, tests });');

const hooks = (suites: string): string => `
const suites = ${JSON.stringify(suites)};
const stands = ${JSON.stringify({ '../../subgraph.js': SUBGRAPH, '../../supergraph.js': SUPERGRAPH })};
export async function resolve(specifier, context, next) {
  if (!context.parentURL?.startsWith(suites)) return next(specifier, context);
  if (stands[specifier]) return { url: stands[specifier], shortCircuit: true };
  return next(specifier, specifier === 'graphql' ? { ...context, parentURL: ${JSON.stringify(import.meta.url)} } : context);
}`;

/** The suites of the checkout at `path`, by name. */
export async function loadSuites(path: string): Promise<AuditSuite[]> {
  const folder = join(resolve(path), 'src', 'test-suites');
  register(module(hooks(pathToFileURL(folder).href)));
  const names = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.sort().map(async (name) => {
      const loaded = (await import(pathToFileURL(join(folder, name, 'index.ts')).href)) as {
        default: { id: string; subgraphs: readonly AuditSubgraph[]; tests: readonly AuditCase[] | (() => readonly AuditCase[]) };
      };
      const { id, subgraphs, tests } = loaded.default;
      return { id, subgraphs, cases: typeof tests === 'function' ? tests() : tests };
    }),
  );
}
