// The ERP subgraph under test: one call is one client request, with its answer and the SQL statements that it took.
import { execute, parse, validate, type GraphQLError } from 'graphql';
import { toGraphQLErrors, type AllowedWallets, type Subgraph } from '../../lib/graphql/index.ts';
import { silentLogger } from '../../lib/log.ts';
import { createGestaoClickSubgraph } from '../../subgraphs/gestao-click/index.ts';
import type { TestDatabase } from './database.ts';

export interface Answer<T> {
  data: T;
  errors: readonly GraphQLError[];
  /** Codes of the errors. */
  codes: readonly unknown[];
  statements: readonly string[];
}

export interface ErpGraph {
  readonly subgraph: Subgraph;
  /** `T`: the shape that the query has; it is not checked. */
  ask<T = unknown>(source: string, variables?: Record<string, unknown>, wallets?: AllowedWallets): Promise<Answer<T>>;
  /** The data of an answer that must have no errors. */
  data<T = unknown>(source: string, variables?: Record<string, unknown>, wallets?: AllowedWallets): Promise<T>;
}

export function createErpGraph(database: TestDatabase, now = '2026-03-10T15:00:00Z'): ErpGraph {
  const subgraph = createGestaoClickSubgraph({ database, log: silentLogger, now: () => new Date(now) });
  async function ask<T>(
    source: string,
    variables: Record<string, unknown> = {},
    wallets: AllowedWallets = 'all',
  ): Promise<Answer<T>> {
    const document = parse(source);
    const invalid = validate(subgraph.schema, document);
    const statements: string[] = [];
    const stop = database.onStatement((text) => statements.push(text));
    try {
      const result =
        invalid.length > 0
          ? { errors: invalid }
          : await execute({
              schema: subgraph.schema,
              document,
              variableValues: variables,
              contextValue: subgraph.createContext({ allowedWallets: wallets }),
            });
      const errors = toGraphQLErrors(result.errors ?? [], silentLogger);
      const data = JSON.parse(JSON.stringify('data' in result ? result.data : null)) as T;
      return { data, errors, codes: errors.map((error) => error.extensions['code']), statements };
    } finally {
      stop();
    }
  }
  return {
    subgraph,
    ask,
    async data<T>(source: string, variables?: Record<string, unknown>, wallets?: AllowedWallets) {
      const { data, errors } = await ask<T>(source, variables, wallets);
      if (errors.length > 0) throw new Error(`unexpected errors: ${errors.map((error) => error.message).join('; ')}`);
      return data;
    },
  };
}
