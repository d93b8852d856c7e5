// A lean GraphQL server: node:http around graphql-jit. A text is compiled when it is seen for the second time; until then
// graphql-js runs it, because compiling costs more than one run.
import { execute, parse, type DocumentNode, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { createServer, type Server } from 'node:http';

/** Kept texts; when full, all are forgotten at once. */
const KEPT = 2_000;

interface Known {
  readonly document: DocumentNode;
  run?: (context: object, variables: object) => Promise<ExecutionResult> | ExecutionResult;
}
interface GraphqlBody {
  readonly query: string;
  readonly variables?: object | null;
}

export const readBody = (request: NodeJS.ReadableStream, done: (body: string) => void): void => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => done(chunks.length === 1 ? chunks[0]!.toString() : Buffer.concat(chunks).toString()));
};

export const createOperationsServer = (schema: GraphQLSchema, createContext: () => object): Server => {
  let known = new Map<string, Known>();
  const answer = async ({ query, variables }: GraphqlBody): Promise<string> => {
    let operation = known.get(query);
    if (!operation) {
      if (known.size >= KEPT) known = new Map();
      known.set(query, (operation = { document: parse(query) }));
      return JSON.stringify(await execute({ schema, document: operation.document, contextValue: createContext(), variableValues: (variables ?? {}) as Record<string, unknown> }));
    }
    if (!operation.run) {
      const compiled = compileQuery(schema, operation.document);
      if (!isCompiledQuery(compiled)) throw new Error(`The query cannot be compiled: ${JSON.stringify(compiled)}`);
      operation.run = (context, given) => compiled.query({}, context, given);
    }
    return JSON.stringify(await operation.run(createContext(), variables ?? {}));
  };
  return createServer((request, response) => {
    readBody(request, (text) => {
      void answer(JSON.parse(text) as GraphqlBody).then(
        (body) => response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body),
        (error: unknown) => response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify({ errors: [{ message: String(error) }] })),
      );
    });
  });
};
