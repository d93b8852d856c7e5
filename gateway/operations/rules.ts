// The port of the rules that an operation must meet before it is planned. Rules on its structure are looked at once per
// operation; its price depends on the variables, so it is worked out for each request.
import type { DocumentNode, GraphQLError, OperationDefinitionNode } from 'graphql';
import type { Variables } from '../sources/source.ts';
import type { CachePolicy } from '../protection/cache-policy.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';

export interface OperationRules {
  /** Longest document, in tokens of the lexer. */
  readonly maxTokens: number;
  /** Whether clients may ask for `__schema` and `__type`, and are told names of the schema in errors. */
  readonly introspection: boolean;
  /** Errors (QUERY_TOO_EXPENSIVE, BAD_USER_INPUT) for a document that is too deep or too wide; none where it is fine. */
  check(document: DocumentNode): readonly GraphQLError[];
  /** What is wrong with the values of variables, whatever their types say; null where nothing is. Default: not looked at. */
  checkVariables?(raw: Variables): string | null;
  /** The price of one operation as a function of its coerced variables; `max` is the most that may be paid. */
  price(supergraph: Supergraph, document: DocumentNode, operation: OperationDefinitionNode): (coerced: Variables) => number;
  readonly maxPrice: number;
  /** How long the answer of a query may be kept; null: not at all. Default: none is. */
  cachePolicy?(supergraph: Supergraph, document: DocumentNode, operation: OperationDefinitionNode): CachePolicy | null;
}
