// From files to operations that can be published: GraphQL documents, and the manifests that client tools write. Each is checked
// against the API and the limits, so that what is published can be run.
import { buildSchema, extendSchema, type GraphQLError, Kind, parse, print, separateOperations, validate, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { createRules, type OperationLimits, type TrustedDocument } from '../gateway/protection/index.ts';
import { badInput, messageOf, type PonteError } from '../lib/errors.ts';
import { ROOT } from '../lib/root.ts';
import { documentHash } from '../gateway/protection/index.ts';

const API = new URL('schema/api.graphql', ROOT);
const DEFER = parse('directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT');

/** `{ "operations": [{ "id", "name", "body" }] }` of Apollo's tool, or `{ "<sha256>": "query ..." }` of codegen and Relay. */
const Manifest = z.union([z.object({ operations: z.array(z.object({ id: z.string(), body: z.string() })) }), z.record(z.string(), z.string())]);

export async function readApi(): Promise<GraphQLSchema> {
  const schema = buildSchema(await readFile(API, 'utf8'));
  return schema.getDirective('defer') ? schema : extendSchema(schema, DEFER);
}

const wrong = (file: string, reasons: readonly string[]): PonteError => badInput(`${file} cannot be published:\n${reasons.map((reason) => `  - ${reason}`).join('\n')}`);

function documentOf(file: string, text: string): DocumentNode {
  try {
    return parse(text);
  } catch (error) {
    throw wrong(file, [messageOf(error)]);
  }
}

function readManifest(file: string, text: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(file, [messageOf(error)]);
  }
  const parsed = Manifest.safeParse(value);
  if (!parsed.success) throw wrong(file, ['it is no manifest of operations: {"operations":[{"id","body"}]} or {"<sha256>":"query ..."}']);
  const manifest = parsed.data as { operations?: { id: string; body: string }[] } | Record<string, string>;
  const entries = Array.isArray(manifest.operations) ? manifest.operations.map(({ id, body }) => [id, body] as const) : Object.entries(manifest as Record<string, string>);
  const other = entries.filter(([id, body]) => id.replace(/^sha256:/, '').toLowerCase() !== documentHash(body));
  if (other.length > 0) throw wrong(file, other.map(([id]) => `${id} is not the sha256 of its text in hexadecimal: set your tool to sha256`));
  return entries.map(([, body]) => body);
}

/** Each operation of a GraphQL file with the fragments that it needs, printed as graphql-js prints it. */
const readDocument = (file: string, text: string): string[] => {
  const document = documentOf(file, text);
  const names = document.definitions.filter((definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION);
  if (names.length === 0) throw wrong(file, ['it holds no operation']);
  return Object.values(separateOperations(document)).map((operation) => print(operation));
};

function check(file: string, body: string, schema: GraphQLSchema, limits: Partial<OperationLimits>): TrustedDocument {
  const document = documentOf(file, body);
  const operations = document.definitions.filter((definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION);
  const name = operations[0]?.name?.value;
  if (operations.length !== 1 || name === undefined) throw wrong(file, ['each operation needs a name, and stands alone in its text']);
  const problems = [...createRules(limits).check(document), ...validate(schema, document)].map((error: GraphQLError) => `${name}: ${error.message}`);
  if (problems.length > 0) throw wrong(file, problems);
  return { hash: documentHash(body), name, body };
}

/** All operations of these files, each once. BAD_USER_INPUT with every reason of the first file that cannot be published. */
export async function readPublications(files: readonly string[], limits: Partial<OperationLimits>): Promise<TrustedDocument[]> {
  const schema = await readApi();
  const found = new Map<string, TrustedDocument>();
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw wrong(file, [messageOf(error)]);
    });
    const bodies = file.endsWith('.json') ? readManifest(file, text) : readDocument(file, text);
    for (const body of bodies) {
      const document = check(file, body, schema, limits);
      found.set(document.hash, document);
    }
  }
  return [...found.values()];
}
