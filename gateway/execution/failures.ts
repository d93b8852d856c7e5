// From what went wrong in one fetch to errors at the places of the client's answer that stay empty because of it.
import { Kind, parse, type GraphQLFormattedError, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { PonteError } from '../../lib/errors.ts';
import { errorExtensions } from '../../lib/graphql/errors.ts';
import type { Answer } from '../../lib/graphql/run.ts';
import type { FetchBase } from '../planning/plan.ts';
import type { Execution, Failure } from './execution.ts';
import { everyField, fragmentsOf, keysBelow, type SelectionContext } from './selection.ts';
import type { Path } from './troubles.ts';

/** So many errors of one fetch are told one by one. */
export const MOST_ERRORS = 1_000;

export interface FailureContext {
  readonly operation: OperationDefinitionNode;
  readonly fragments: SelectionContext['fragments'];
  readonly formatError: (error: GraphQLFormattedError) => GraphQLFormattedError;
}

/** The errors of an answer, whatever its sender made of them: what has no message of its own says nothing. */
export function errorsOf({ errors }: Answer): readonly GraphQLFormattedError[] {
  if (!Array.isArray(errors)) return [];
  return errors.map((error: Partial<GraphQLFormattedError> | null) => ({
    message: typeof error?.message === 'string' ? error.message : 'Something went wrong',
    ...(Array.isArray(error?.path) ? { path: error.path } : {}),
    ...(typeof error?.extensions === 'object' && error.extensions !== null ? { extensions: error.extensions } : {}),
  }));
}

/** An error without a place, in the subgraph's words. */
export const failureOf = (service: string, { message, extensions }: GraphQLFormattedError): Failure => ({
  service,
  message,
  extensions: { ...extensions, serviceName: service },
});

/** What a rejection tells. Anything but a PonteError is a fault of ours, or an abort that nobody waits for. */
export function failureOfReason(service: string, reason: unknown): Failure {
  if (reason instanceof PonteError) return { service, message: reason.message, extensions: errorExtensions(reason) };
  return { service, message: 'Something went wrong on our side', extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

/** Tells the errors of one fetch: formatted, each once, and not more than are of use. */
export class Telling {
  readonly #execution: Execution;
  readonly #context: FailureContext;
  #told = 0;
  #left = 0;

  constructor(execution: Execution, context: FailureContext) {
    this.#execution = execution;
    this.#context = context;
  }

  /** An empty path is the fetch's own place at the root: the error then has none. */
  tell({ message, extensions }: Failure, path: Path): void {
    if (this.#told >= MOST_ERRORS) {
      this.#left++;
      this.#execution.troubles.explain(path);
      return;
    }
    const { troubles } = this.#execution;
    const error = this.#context.formatError({ message, ...(path.length > 0 ? { path: troubles.clientPath(path) } : {}), extensions: { ...extensions } });
    if (troubles.add(error, error.path && path)) this.#told++;
  }

  /** Says how many were not told. */
  end({ extensions }: Pick<Failure, 'extensions'> = { extensions: {} }): void {
    if (this.#left === 0) return;
    const code = extensions['code'] ?? 'INTERNAL_SERVER_ERROR';
    this.#execution.troubles.add({ message: `${this.#left} more errors of this kind are not listed`, extensions: { code } });
  }
}

interface Fields {
  /** Response keys by the name of the type condition they stand under; under null where there is none. */
  readonly byType: ReadonlyMap<string | null, readonly string[]>;
}

/** The response keys that a fetch asks for at its root, or below one of its `_entities`: read from its text when needed. */
export class FetchFields {
  readonly #node: FetchBase;
  readonly #rename: (key: string) => string;
  #roots: SelectionSetNode | undefined;
  #fragments: SelectionContext['fragments'] = new Map();
  readonly #entities = new Map<string, Fields>();

  constructor(node: FetchBase, rename: (key: string) => string = (key) => key) {
    this.#node = node;
    this.#rename = rename;
  }

  #selections(): SelectionSetNode {
    if (!this.#roots) {
      const document = parse(this.#node.operation, { noLocation: true });
      this.#fragments = fragmentsOf(document);
      this.#roots = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION)!.selectionSet;
    }
    return this.#roots;
  }

  roots(): readonly string[] {
    return everyField([this.#selections()], this.#fragments).map(({ alias, name }) => this.#rename((alias ?? name).value));
  }

  /** Keys under `_entities` (by its response key) for objects of a type; all of them where the type is not known there. */
  entity(alias: string, typename: unknown): readonly string[] {
    let fields = this.#entities.get(alias);
    if (!fields) this.#entities.set(alias, (fields = this.#read(alias)));
    const own = [...(fields.byType.get(null) ?? []), ...(fields.byType.get(typename as string) ?? [])];
    return own.length > 0 ? own : [...new Set([...fields.byType.values()].flat())];
  }

  #read(alias: string): Fields {
    const roots = this.#selections();
    const byType = new Map<string | null, string[]>();
    const visit = (set: SelectionSetNode | undefined, type: string | null): void => {
      for (const selection of set?.selections ?? []) {
        if (selection.kind === Kind.FIELD) {
          const key = (selection.alias ?? selection.name).value;
          if (selection.name.value === '__typename') continue;
          const known = byType.get(type);
          if (known) known.push(this.#rename(key));
          else byType.set(type, [this.#rename(key)]);
        } else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet, selection.typeCondition?.name.value ?? type);
        else {
          const fragment = this.#fragments.get(selection.name.value);
          visit(fragment?.selectionSet, fragment?.typeCondition.name.value ?? type);
        }
      }
    };
    for (const field of everyField([roots], this.#fragments)) if ((field.alias ?? field.name).value === alias) visit(field.selectionSet, null);
    return { byType };
  }
}

/** Of the keys that a fetch would have filled at a place, those that the client asked for. Null where it asked for none. */
export function affectedKeys(keys: readonly string[], place: readonly string[], { operation, fragments }: FailureContext): readonly string[] | null {
  const selected = keysBelow(place, operation, fragments);
  const affected = selected ? [...new Set(keys)].filter((key) => selected.has(key)) : [];
  return affected.length > 0 ? affected : null;
}
