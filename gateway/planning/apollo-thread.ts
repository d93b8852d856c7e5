// The thread that Apollo's planner lives in: it plans in JavaScript, for milliseconds to seconds, and must not hold up requests.
import { parentPort, workerData } from 'node:worker_threads';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import { parse } from 'graphql';
import { Adapter } from './adapt.ts';
import { APOLLO } from './dialects.ts';
import type { Plan } from './plan.ts';
import { typesIn } from './types.ts';
import type { WirePlan } from './wire.ts';

/** What the thread is started with. */
export interface ApolloThreadInput {
  readonly sdl: string;
}
export interface ApolloThreadRequest {
  readonly text: string;
  readonly operationName: string | undefined;
}
/** One for each request, in their order. */
export type ApolloThreadAnswer = { readonly plan: Plan } | { readonly failure: string };

if (parentPort !== null) {
  const port = parentPort;
  const { sdl } = workerData as ApolloThreadInput;
  const document = parse(sdl, { noLocation: true });
  const supergraph = Supergraph.build(document, { validateSupergraph: false });
  const planner = new QueryPlanner(supergraph, { incrementalDelivery: { enableDefer: true } });
  const schema = supergraph.apiSchema();
  const adapter = new Adapter(APOLLO, typesIn(document));

  port.on('message', ({ text, operationName }: ApolloThreadRequest) => {
    let answer: ApolloThreadAnswer;
    try {
      const operation = operationFromDocument(schema, parse(text), { validate: false, ...(operationName === undefined ? {} : { operationName }) });
      answer = { plan: adapter.plan(planner.buildQueryPlan(operation) as unknown as WirePlan) };
    } catch (error) {
      answer = { failure: error instanceof Error ? error.message : String(error) };
    }
    port.postMessage(answer);
  });
}
