// Apollo's own executor in the place of ours: a switch for who needs it, and the oracle of the tests.
import type { GraphQLFormattedError } from 'graphql';
import type { Logger } from '../../lib/log.ts';
import { vendorLog, type ExecutorRequest, type Federation, type StockContext } from '../federation.ts';
import type { Executable } from '../execution/index.ts';
import { createErrorFormatter, formatWith } from '../errors.ts';
import type { Compiler } from './variants.ts';

/** Fields that a caller may not see are an error of the whole operation here: the stock executor cannot leave holes. */
const refusedErrors = (refused: ReadonlyMap<string, { code: string; message: string }>): GraphQLFormattedError[] =>
  [...refused].map(([coordinate, { code, message }]) => ({ message: `${coordinate}: ${message}`, extensions: { code } }));

/** Runs queries and mutations with Apollo's executor; streams and deferred answers stay with `ours`. */
export function createStockCompiler({ federation, ours, log }: { federation: Federation; ours: Compiler; log: Logger }): Compiler {
  const formatter = createErrorFormatter(log);
  return async (input) => {
    const { operation, refused, text, allowed } = input;
    if (operation.operation === 'subscription' || text.includes('@defer')) return ours(input);
    const denied = refusedErrors(refused);
    const { apiSchema } = federation.supergraph;
    const executable: Executable = {
      tier: 'object',
      async execute({ raw, request }) {
        const context: StockContext = { request };
        const incoming = {
          request: { query: text, variables: { ...raw } },
          document: allowed,
          operation,
          operationName: null,
          queryHash: text,
          context,
          logger: vendorLog(log),
          metrics: {},
          schema: apiSchema,
        } as unknown as ExecutorRequest;
        const { data, errors: found = [] } = denied.length === 0 ? await federation.executeStock(incoming) : { data: null };
        const errors = [...denied, ...found.map((error) => formatWith(formatter, error))];
        const answer = { ...(errors.length > 0 ? { errors } : {}), ...(data === undefined ? {} : { data }) };
        return { text: JSON.stringify(answer), encoding: 'utf8', errors, refused: data === undefined };
      },
    };
    return { kind: 'single', executable };
  };
}
