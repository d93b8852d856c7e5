// Writes an execution's data as the JSON that the client asked for. `@skip` and `@include` are decided before code is
// generated: there is one compiled writer for each assignment of the variables that they name, made when it is first needed.
import type { DocumentNode, GraphQLObjectType, GraphQLSchema, OperationDefinitionNode, SelectionSetNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Variables } from '../sources/source.ts';
import type { Refusal } from './executable.ts';
import type { Execution } from './execution.ts';
import { compileIntrospection, type Introspection } from './introspection.ts';
import { conditionVariables, fragmentsOf } from './selection.ts';
import type { Data } from './slots.ts';
import type { Path } from './troubles.ts';
import { compileObject, type Shared, type WriteValue } from './writer-code.ts';
import { Writing } from './writing.ts';

/** What is written: selection sets on an object of this type. */
export interface Shape {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** By coordinate. */
  readonly refused: ReadonlyMap<string, Refusal>;
  /** Response keys in whose place each execution's own are written. */
  readonly canonical?: readonly string[] | undefined;
  /** Root type of the operation unless told. */
  readonly type?: GraphQLObjectType;
  /** The operation's own unless told. */
  readonly selections?: readonly SelectionSetNode[];
  /** Leaves out fragments with an active `@defer`. */
  readonly withoutDeferred?: boolean;
}

export interface Writer {
  /**
   * JSON text of `data` (an object of the shape's type), or null where a null has to go further up than that. Errors are
   * added to the execution's; `prefix` is the place of `data` in the client's answer.
   */
  write(data: Data, execution: Execution, prefix?: Path): string | null;
}

/** Assignments of condition variables that are kept compiled for one operation. */
const ASSIGNMENTS = 16;

interface Compiled {
  readonly shared: Shared;
  readonly write: WriteValue;
  readonly introspection: Introspection;
}

export function createWriter(shape: Shape): Writer {
  const { schema, document, operation, refused, canonical = [], withoutDeferred = false } = shape;
  const type = shape.type ?? schema.getRootType(operation.operation);
  if (!type) throw new Error(`The schema has no ${operation.operation}`);
  const fragments = fragmentsOf(document);
  const labels = new Map(canonical.map((key, index) => [key, index]));
  const names = conditionVariables(document, operation);

  const compile = (variables: Variables): Compiled => {
    const selection = { schema, fragments, variables, withoutDeferred };
    const shared: Shared = { selection, refused, labels, positions: [], current: undefined as unknown as Writing };
    return {
      shared,
      write: compileObject(shared, type, shape.selections ?? [operation.selectionSet]),
      introspection: compileIntrospection(operation, type, selection),
    };
  };

  let only: Compiled | undefined;
  const assignments = names.length > 0 ? new LRUCache<string, Compiled>({ max: ASSIGNMENTS }) : undefined;
  const compiledFor = ({ coerced }: Execution): Compiled => {
    if (!assignments) return (only ??= compile({}));
    const key = names.map((name) => (coerced[name] === true ? 1 : 0)).join('');
    let compiled = assignments.get(key);
    if (!compiled) {
      compiled = compile(Object.fromEntries(names.map((name) => [name, coerced[name] === true])));
      assignments.set(key, compiled);
    }
    return compiled;
  };

  return {
    write(data, execution, prefix = []) {
      const { shared, write, introspection } = compiledFor(execution);
      const writing = new Writing(execution, shared.positions, prefix, introspection(execution.coerced));
      if (writing.labels.length !== labels.size) throw new Error('The execution brings other keys than the operation has');
      shared.current = writing;
      const text = write(data);
      if (text === null) writing.lost();
      return text;
    },
  };
}
