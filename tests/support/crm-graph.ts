// Runs an operation on a subgraph as the gateway does, and tells which statements it took.
import { parse, validate } from 'graphql';
import { runOperation, type Answer } from '../../lib/graphql/run.ts';
import type { AllowedWallets, Subgraph } from '../../lib/graphql/index.ts';
import { silentLogger } from '../../lib/log.ts';
import type { Database } from '../../prisma/index.ts';

export interface Asked extends Answer {
  /** Texts of the statements that were sent. */
  statements: string[];
}

/** A function that asks the subgraph; operations must be valid. */
export function asking(subgraph: Subgraph, database: Pick<Database, 'onStatement'>) {
  return async (
    text: string,
    variables: Record<string, unknown> = {},
    allowedWallets: AllowedWallets = 'all',
  ): Promise<Asked> => {
    const document = parse(text);
    const problems = validate(subgraph.schema, document);
    if (problems.length > 0) throw problems[0];
    const statements: string[] = [];
    const stop = database.onStatement((statement) => statements.push(statement));
    try {
      return {
        ...(await runOperation(
          subgraph,
          { document, variables },
          { context: subgraph.createContext({ allowedWallets }), log: silentLogger },
        )),
        statements,
      };
    } finally {
      stop();
    }
  };
}

/** The value at a path of an answer: `pick(answer, 'deals.edges.0.node')`. Fails the test on an error. */
export function pick<T = unknown>(answer: Answer, path: string): T {
  if (answer.errors)
    throw new Error(answer.errors.map(({ message, path: at }) => `${at?.join('.')}: ${message}`).join('\n'));
  return path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], answer.data) as T;
}
