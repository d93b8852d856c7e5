// Where the deferred fragments of an operation stand in an answer: one place for each object that the client has been given,
// found by walking the operation, the data and the delivered JSON side by side.
import { getNamedType, isObjectType, Kind, type FieldNode, type GraphQLObjectType, type GraphQLOutputType, type SelectionSetNode } from 'graphql';
import { applies, collectFields, isDeferred, isLeftOut, selectionSetsOf, type SelectionContext } from './selection.ts';
import { isObject, read, type Data } from './slots.ts';
import type { Path } from './troubles.ts';

/** One deferred fragment on one object. */
export interface Place {
  /** As `labelDefers` made it: one for each fragment of the operation. */
  readonly label: string;
  readonly selection: SelectionSetNode;
  readonly object: Data;
  readonly type: GraphQLObjectType;
  readonly path: Path;
}

/** What was delivered, and what it was written from. */
export interface Delivered {
  readonly selections: readonly SelectionSetNode[];
  readonly object: Data;
  readonly type: GraphQLObjectType;
  readonly path: Path;
  /** The JSON that the client has, parsed: where it is null, nothing more is to come. */
  readonly json: unknown;
}

interface Fragment {
  readonly label: string | undefined;
  readonly set: SelectionSetNode;
}

/** Finds places. One for each assignment of the variables: `context` leaves out what is deferred. */
export class DeferredPlaces {
  readonly #context: SelectionContext;
  readonly #holds = new Map<SelectionSetNode, boolean>();

  constructor(context: SelectionContext) {
    this.#context = context;
  }

  /** True where something below, in fields of any depth, is deferred. */
  holds(set: SelectionSetNode): boolean {
    let found = this.#holds.get(set);
    if (found === undefined) {
      found = set.selections.some((selection) => {
        if (selection.directives?.some((directive) => directive.name.value === 'defer' && isDeferred(directive, this.#context.variables))) return true;
        return selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet !== undefined && this.holds(selection.selectionSet);
      });
      this.#holds.set(set, found);
    }
    return found;
  }

  /** The places of the fragments that are deferred directly below what was delivered; those inside them come later. */
  *within({ selections, object, type, path, json }: Delivered): Generator<Place> {
    if (!isObject(json) || !selections.some((set) => this.holds(set))) return;
    for (const set of selections) {
      for (const { label, set: deferred } of this.#deferred(set, type)) if (label !== undefined) yield { label, selection: deferred, object, type, path };
    }
    for (const { key, name, nodes } of collectFields(selections, type, this.#context)) {
      const field = type.getFields()[name];
      const below = selectionSetsOf(nodes);
      if (field && below.some((each) => this.holds(each))) yield* this.#below(field.type, below, read(object, key), read(json, key), [...path, key]);
    }
  }

  *#below(type: GraphQLOutputType, selections: readonly SelectionSetNode[], value: unknown, json: unknown, path: Path): Generator<Place> {
    if (Array.isArray(value) && Array.isArray(json)) {
      for (let i = 0; i < value.length; i++) yield* this.#below(type, selections, value[i], json[i], [...path, i]);
    } else if (isObject(value) && isObject(json)) {
      const named = getNamedType(type);
      const concrete = isObjectType(named) ? named : this.#context.schema.getType(String(value['__typename']));
      if (isObjectType(concrete)) yield* this.within({ selections, object: value, type: concrete, path, json });
    }
  }

  /** Deferred fragments of a set that belong to a type, not those inside them. */
  *#deferred({ selections }: SelectionSetNode, type: GraphQLObjectType): Generator<Fragment> {
    const { schema, fragments, variables } = this.#context;
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD || isLeftOut(selection, { ...this.#context, withoutDeferred: false })) continue;
      const named = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      if (!named || !applies(named.typeCondition, type, schema)) continue;
      const defer = selection.directives?.find((directive) => directive.name.value === 'defer');
      if (defer && isDeferred(defer, variables)) {
        const label = defer.arguments?.find(({ name }) => name.value === 'label')?.value;
        yield { label: label?.kind === Kind.STRING ? label.value : undefined, set: named.selectionSet };
      } else yield* this.#deferred(named.selectionSet, type);
    }
  }

  /** True where a path of response keys leads through fields of this selection that are not deferred; positions do not count. */
  selects(selections: readonly SelectionSetNode[], path: Path): boolean {
    let sets = selections;
    for (const step of path) {
      if (typeof step === 'number') continue;
      const fields = sets.flatMap((set) => this.#fields(set)).filter((field) => (field.alias ?? field.name).value === step);
      if (fields.length === 0) return false;
      sets = selectionSetsOf(fields);
      // Below a scalar a subgraph may name places of its own.
      if (sets.length === 0) return true;
    }
    return true;
  }

  #fields({ selections }: SelectionSetNode): FieldNode[] {
    return selections.flatMap((selection) => {
      if (isLeftOut(selection, this.#context)) return [];
      if (selection.kind === Kind.FIELD) return [selection];
      const named = selection.kind === Kind.FRAGMENT_SPREAD ? this.#context.fragments.get(selection.name.value) : selection;
      return named ? this.#fields(named.selectionSet) : [];
    });
  }
}
