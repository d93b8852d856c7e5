// Subscriptions across subgraphs. The planner gives a primary stream and the rest of the plan: the stream comes from one
// subgraph, and for each of its events the rest is executed like a query, with a request (loaders, deadline) of its own.
import { buildOperationContext, executeQueryPlan } from '@apollo/gateway';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner, type QueryPlan } from '@apollo/query-planner';
import { getOperationAST, getVariableValues, GraphQLError, type DocumentNode, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import { Recent } from '../lib/graphql/documents.ts';
import type { Answer } from '../lib/graphql/run.ts';
import { mapStream } from '../lib/graphql/stream.ts';
import type { AllowedWallets } from '../lib/graphql/subgraph.ts';
import type { Logger } from '../lib/log.ts';
import { createErrorFormatter, formatWith } from './errors.ts';
import { tellNulls, vendorLog, type ExecutorRequest } from './federation.ts';
import { RequestContext, type GatewayContext } from './request.ts';
import { unavailable } from './sources/failure.ts';
import type { Source, SourceEvent } from './sources/source.ts';

type Primary = Extract<NonNullable<QueryPlan['node']>, { kind: 'Subscription' }>['primary'];
interface StreamPlan {
  readonly primary: Primary;
  /** The primary fetch and what follows it, for one event. */
  readonly perEvent: QueryPlan;
}

export interface SubscriptionRequest {
  /** Valid against the API schema. */
  readonly document: DocumentNode;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
  readonly allowedWallets: AllowedWallets;
}

export interface SubscriptionsOptions {
  readonly supergraphSdl: string;
  readonly apiSchema: GraphQLSchema;
  readonly sources: Readonly<Record<string, Source>>;
  readonly log: Logger;
  /** For one event. */
  readonly deadlineMs: number;
}

const OWN = (value: object, key: string): boolean => Object.hasOwn(value, key);

export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  readonly #supergraph: Supergraph;
  readonly #planner: QueryPlanner;
  readonly #supergraphSchema: GraphQLSchema;
  readonly #plans = new Recent<string, StreamPlan>(500);
  readonly #open = new Set<AsyncGenerator<Answer>>();
  readonly #format: (error: unknown) => GraphQLFormattedError;

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
    this.#supergraph = Supergraph.build(options.supergraphSdl, { validateSupergraph: false });
    this.#planner = new QueryPlanner(this.#supergraph);
    this.#supergraphSchema = this.#supergraph.schema.toGraphQLJSSchema();
    const formatter = createErrorFormatter(options.log);
    this.#format = (error) => formatWith(formatter, error);
  }

  /** Streams under way. */
  get size(): number {
    return this.#open.size;
  }

  /** The events, ready to leave, or the reason why there are none. `return()` ends the stream upstream at once. */
  async open(request: SubscriptionRequest): Promise<AsyncGenerator<Answer> | Answer> {
    const { document, operationName, variables = {}, allowedWallets } = request;
    const operation = getOperationAST(document, operationName);
    const { errors } = getVariableValues(this.#options.apiSchema, operation?.variableDefinitions ?? [], variables);
    if (errors) return { errors: errors.map((error) => ({ ...error.toJSON(), extensions: { code: 'BAD_USER_INPUT' } })) };

    const stream = new RequestContext({ allowedWallets });
    try {
      const { primary, perEvent } = this.#plan(document, operationName);
      const source = this.#options.sources[primary.serviceName];
      if (!source) throw unavailable();
      const used = (primary.variableUsages ?? []).filter((name) => OWN(variables, name));
      const fetch = {
        query: primary.operation,
        operationName: primary.operationName,
        variables: Object.fromEntries(used.map((name) => [name, variables[name]])),
      };
      const opened = await source.open(fetch, stream);
      if ('refusal' in opened) {
        stream.end();
        return { ...opened.refusal, errors: (opened.refusal.errors ?? []).map((error) => this.#format(new GraphQLError(error.message, { extensions: error.extensions ?? {} }))) };
      }
      const events = mapStream<SourceEvent, Answer>(opened.events, {
        map: (event) => this.#resolve(event, { ...request, variables }, perEvent, primary, stream.signal),
        failed: (error) => ({ errors: [this.#format(error)] }),
        ended: () => {
          this.#open.delete(events);
          stream.abort(new DOMException('The stream is over', 'AbortError'));
          stream.end();
        },
      });
      this.#open.add(events);
      return events;
    } catch (error) {
      stream.abort(error);
      stream.end();
      return { errors: [this.#format(error)] };
    }
  }

  /** Ends every stream. */
  async close(): Promise<void> {
    await Promise.all([...this.#open].map((events) => events.return(undefined)));
  }

  #plan(document: DocumentNode, operationName: string | undefined): StreamPlan {
    const key = `${operationName ?? ''}\n${document.loc?.source.body ?? ''}`;
    const known = this.#plans.get(key);
    if (known) return known;
    const operation = operationFromDocument(this.#supergraph.apiSchema(), document, operationName === undefined ? {} : { operationName });
    const { node } = this.#planner.buildQueryPlan(operation);
    if (node?.kind !== 'Subscription') throw new TypeError('The planner gave no stream for a subscription');
    const { primary, rest } = node;
    const plan: StreamPlan = { primary, perEvent: { kind: 'QueryPlan', node: { kind: 'Sequence', nodes: rest ? [primary, rest] : [primary] } } };
    this.#plans.set(key, plan);
    return plan;
  }

  /** One event: the primary fetch is answered by the event itself, the rest by the sources. */
  async #resolve(event: SourceEvent, { document, operationName, variables, allowedWallets }: SubscriptionRequest, plan: QueryPlan, primary: Primary, parent: AbortSignal): Promise<Answer> {
    const { sources, apiSchema, deadlineMs, log } = this.#options;
    const request = new RequestContext({ allowedWallets, deadlineMs, parent });
    try {
      const context: GatewayContext = { request };
      const answer = await event(request);
      let answered = false;
      const real = sources[primary.serviceName]!;
      const serviceMap = {
        ...sources,
        [primary.serviceName]: {
          process: (options: Parameters<Source['process']>[0]) => {
            if (answered || options.request.query !== primary.operation) return real.process(options);
            answered = true;
            return Promise.resolve(answer);
          },
        },
      };
      const operationContext = buildOperationContext({ schema: apiSchema, operationDocument: document, ...(operationName === undefined ? {} : { operationName }) });
      const incoming = { request: { variables: { ...variables } }, document, context, logger: vendorLog(log), metrics: {}, schema: apiSchema } as unknown as ExecutorRequest;
      const result = await executeQueryPlan(plan, serviceMap, incoming, operationContext, this.#supergraphSchema, this.#supergraph.apiSchema());
      const { data, errors } = tellNulls(result, request);
      return { ...(data === undefined ? {} : { data }), ...(errors ? { errors: errors.map((error) => this.#format(error)) } : {}) };
    } catch (error) {
      return { data: null, errors: [this.#format(error)] };
    } finally {
      request.end();
    }
  }
}
