// A gateway around one suite of the audit: its subgraphs behind the given kind of source, its operations planned, compiled
// and executed as the product does it.
import { buildSubgraphSchema } from '@apollo/subgraph';
import { composeServices } from '@apollo/composition';
import { getOperationAST, parse, validate } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { serveSubgraph } from '../../lib/graphql/serve.ts';
import type { Answer } from '../../lib/graphql/run.ts';
import type { Subgraph } from '../../lib/graphql/subgraph.ts';
import { silentLogger } from '../../lib/log.ts';
import { compile } from '../../gateway/execution/index.ts';
import { createPlanner, type Planner } from '../../gateway/planning/index.ts';
import { RequestContext } from '../../gateway/request.ts';
import { toAnswer } from '../../gateway/result.ts';
import { LocalSource } from '../../gateway/sources/local.ts';
import { RemoteSource } from '../../gateway/sources/remote.ts';
import type { Source } from '../../gateway/sources/source.ts';
import { compileSplice } from '../../gateway/splice/index.ts';
import { readSupergraph } from '../../gateway/supergraph/index.ts';
import type { AuditSubgraph, AuditSuite } from './suites.ts';

/** `text`: remote, and answers stay text where they can. */
export type SourceKind = 'local' | 'remote' | 'text';

export interface SuiteGateway {
  /** Also says which tier answered, and whether it had to give up on the way. */
  answer(query: string): Promise<{ answer: Answer; tier: string }>;
  close(): Promise<void>;
}

const subgraphOf = ({ name, typeDefs, resolvers }: AuditSubgraph): Subgraph => ({
  name,
  sdl: typeDefs,
  schema: buildSubgraphSchema({ typeDefs: parse(typeDefs), resolvers }),
  createContext: () => ({}),
});

export async function openSuite({ subgraphs }: AuditSuite, kind: SourceKind, planner: Planner['name']): Promise<SuiteGateway> {
  const { supergraphSdl, errors } = composeServices(subgraphs.map(({ name, typeDefs }) => ({ name, typeDefs: parse(typeDefs), url: `http://${name}.invalid` })));
  if (!supergraphSdl) throw new Error((errors ?? []).map(({ message }) => message).join('\n'));
  const supergraph = readSupergraph(supergraphSdl);
  const planning = await createPlanner({ kind: planner, supergraph, log: silentLogger });
  const closing: (() => Promise<void>)[] = [() => planning.close()];
  const sources: Record<string, Source> = {};
  for (const subgraph of subgraphs.map(subgraphOf)) {
    if (kind === 'local') {
      sources[subgraph.name] = new LocalSource(subgraph, silentLogger);
      continue;
    }
    const served = await serveSubgraph(subgraph, { host: '127.0.0.1', port: 0, log: silentLogger });
    const source = new RemoteSource({ name: subgraph.name, url: served.url, wsUrl: served.wsUrl }, silentLogger);
    sources[subgraph.name] = source;
    closing.push(() => source.close(), () => served.close({ timeoutMs: 100 }));
  }

  return {
    async answer(query) {
      const document = parse(query, { noLocation: true });
      const operation = getOperationAST(document)!;
      const invalid = validate(supergraph.apiSchema, document);
      if (invalid.length > 0) return { answer: { errors: invalid }, tier: 'refused' };
      const { coerced, errors: wrong } = getVariableValues(supergraph.apiSchema, operation.variableDefinitions ?? [], {});
      if (wrong) return { answer: { errors: wrong }, tier: 'refused' };
      const request = new RequestContext({ deadlineMs: 60_000 }); // the planner's thread starts within it
      try {
        const plan = await planning.plan({ text: query });
        const input = { schema: supergraph.apiSchema, document, operation, plan, refused: new Map(), sources, formatError: <T>(error: T) => error };
        const executable = (kind === 'text' ? compileSplice(input, { after: 0 }) : null) ?? compile(input);
        const result = await executable.execute({ coerced, raw: {}, request });
        const fallback = request.tally.fallback === undefined ? '' : ` (gave up: ${request.tally.fallback})`;
        return { answer: toAnswer(result), tier: executable.tier + fallback };
      } catch (error) {
        return { answer: { errors: [{ message: String(error) }] }, tier: 'refused' };
      } finally {
        request.end();
      }
    },
    async close() {
      for (const close of closing.reverse()) await close();
    },
  };
}
