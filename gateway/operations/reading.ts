// From a client's text to one normalised operation, or to the reasons why it cannot be run. Pure: what it costs is paid once
// per text, and validation once per normalised text.
import { getOperationAST, GraphQLError, Kind, NoSchemaIntrospectionCustomRule, parse, specifiedRules, validate, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { normalise, type Normalised } from './normalise.ts';
import { isPlainlyValid } from './plain.ts';
import type { OperationRules } from './rules.ts';

export interface Reading {
  readonly kind: OperationDefinitionNode['operation'];
  /** As the client named it. */
  readonly name: string | undefined;
  readonly normalised: Normalised;
}
export type Read = Reading | { readonly errors: readonly GraphQLError[] };

const coded = (error: GraphQLError, code: string, message = error.message): GraphQLError =>
  new GraphQLError(message, {
    ...(error.nodes ? { nodes: error.nodes } : {}),
    ...(error.source ? { source: error.source } : {}),
    ...(error.positions ? { positions: error.positions } : {}),
    extensions: { code, ...error.extensions },
  });

const refused = (message: string, code: string, hint?: string) => ({ errors: [new GraphQLError(message, { extensions: { code, ...(hint === undefined ? {} : { hint }) } })] });

/** The parser's own words for a text that is longer than it may be; it has not counted the rest. */
const TOO_LONG = /contains more tha[nt] \d+ tokens/;
const tooLong = (limit: number) => ({
  errors: [
    new GraphQLError(`This operation has ${limit + 1} or more tokens, and at most ${limit} are allowed`, {
      extensions: { code: 'QUERY_TOO_EXPENSIVE', hint: 'Send long values as variables, or several operations.', cost: limit + 1, limit },
    }),
  ],
});

/** Names of the schema in a suggestion are for those who may read the schema. */
const withoutSuggestion = (message: string): string => message.replace(/ Did you mean .*$/s, '');

export interface ReadOptions {
  readonly schema: GraphQLSchema;
  readonly rules: OperationRules;
  /** False: `@defer` is taken out, and everything comes at once. */
  readonly defer: boolean;
  readonly aliasPrefix?: string | undefined;
  /** True where this normalised text was found valid before, be it under other aliases. */
  isKnown(normalised: Normalised): boolean;
}

const MOST_ERRORS = 20;

function validityErrors(document: DocumentNode, { schema, rules }: ReadOptions): readonly GraphQLError[] {
  if (isPlainlyValid(schema, document)) return [];
  const found = validate(schema, document, rules.introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule], { maxErrors: MOST_ERRORS });
  return found.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED', rules.introspection ? error.message : withoutSuggestion(error.message)));
}

/** Reads one text. Errors carry GRAPHQL_PARSE_FAILED, GRAPHQL_VALIDATION_FAILED, OPERATION_RESOLUTION_FAILURE, or a rule's own code. */
export function read(text: string, operationName: string | undefined, options: ReadOptions): Read {
  let document: DocumentNode;
  try {
    document = parse(text, { maxTokens: options.rules.maxTokens });
  } catch (error) {
    // Lists and selections that are nested by the thousand end the parser's stack.
    if (error instanceof RangeError) return refused('This operation is nested too deep to be read', 'QUERY_TOO_EXPENSIVE');
    if (!(error instanceof GraphQLError)) throw error;
    return TOO_LONG.test(error.message) ? tooLong(options.rules.maxTokens) : { errors: [coded(error, 'GRAPHQL_PARSE_FAILED')] };
  }
  // Before anything else walks through it: what follows may take it to be of a sane size.
  const own = options.rules.check(document);
  if (own.length > 0) return { errors: own };
  const operation = getOperationAST(document, operationName);
  const alone = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length === 1;
  const normalised = operation ? normalise(options.schema, document, operation, options) : null;
  // A text that was found valid before is valid again; a second operation beside it has to be looked at.
  if (normalised === null || !alone || !options.isKnown(normalised)) {
    const errors = validityErrors(document, options);
    if (errors.length > 0) return { errors };
  }
  if (!operation) {
    return operationName === undefined
      ? refused('The document holds several operations or none, and none is named', 'OPERATION_RESOLUTION_FAILURE', 'Send operationName.')
      : refused(`The document holds no operation named "${operationName}"`, 'OPERATION_RESOLUTION_FAILURE');
  }
  if (normalised === null) return refused('This operation cannot be read', 'GRAPHQL_VALIDATION_FAILED');
  return { kind: operation.operation, name: operation.name?.value, normalised };
}
