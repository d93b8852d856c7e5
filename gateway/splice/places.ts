// Who brings what: the objects of the client's answer (places), and the texts of subgraphs that hold their fields (views).
import {
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  parse,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { CompileInput } from '../execution/index.ts';
import type { EntitiesNode, EntityGroup, FetchNode, PlanNode, PlanPath, Requirement } from '../planning/plan.ts';
import { fragmentsIn, pick, type Picked, type Selecting } from './selection.ts';
import { Unsuited } from './unsuited.ts';

/** An object of the client's answer, or all that stand at one place of its lists. */
export interface Place {
  readonly type: GraphQLObjectType;
  /** In the client's order. */
  readonly fields: readonly ClientField[];
  /** What is fetched for the objects here by their keys. */
  readonly entities: EntityView[];
  /** What the text around this object was asked for here; undefined at the root. */
  sent: readonly Picked[] | undefined;
}

export interface ClientField {
  readonly key: string;
  readonly name: string;
  readonly type: GraphQLOutputType;
  /** Of a field with fields. */
  readonly place: Place | undefined;
  /** The text of the object itself, a view of another fetch, or nothing: a type's name needs none. */
  from: 'base' | View | undefined;
}

/** A text that holds fields of the objects at one place. */
export interface View {
  readonly index: number;
  readonly place: Place;
  readonly sent: readonly Picked[];
  readonly selecting: Selecting;
  /** Its fields, as the client's order cuts them: each run stands together. */
  readonly parts: ClientField[][];
}
export interface RootView extends View {
  readonly node: FetchNode;
}
export interface EntityView extends View {
  readonly node: EntitiesNode;
  readonly group: EntityGroup;
  /** Response keys of the object that make the representation, in its order. */
  readonly keys: readonly string[];
}

export interface Layout {
  readonly root: Place;
  readonly views: readonly View[];
  /** Views of each fetch of the plan: one, or those of each group. */
  readonly roots: ReadonlyMap<FetchNode, RootView>;
  readonly groups: ReadonlyMap<EntitiesNode, readonly (readonly EntityView[])[]>;
}

const DEEPEST = 24;

class Planning {
  readonly views: View[] = [];
  readonly roots = new Map<FetchNode, RootView>();
  readonly groups = new Map<EntitiesNode, EntityView[][]>();
  readonly root: Place;
  readonly #input: CompileInput;

  constructor(input: CompileInput) {
    this.#input = input;
    const { schema, document, operation } = input;
    const query = schema.getQueryType();
    if (operation.operation !== 'query' || !query) throw new Unsuited('only queries are');
    this.root = this.#place([operation.selectionSet], query, { schema, fragments: fragmentsIn(document) }, 0);
    this.#walk(input.plan.root);
    this.#assign(this.root, undefined, { schema, fragments: new Map() });
    this.#cut(this.root);
  }

  #place(sets: readonly SelectionSetNode[], type: GraphQLObjectType, selecting: Selecting, depth: number): Place {
    if (depth > DEEPEST) throw new Unsuited('too deep');
    const fields = pick(sets, type, selecting).map(({ key, name, sets: below }): ClientField => {
      if (name === '__typename') return { key, name, type: selecting.schema.getType('String') as GraphQLOutputType, place: undefined, from: undefined };
      const field = type.getFields()[name];
      if (!field) throw new Unsuited('introspection');
      if (this.#input.refused.has(`${type.name}.${name}`)) throw new Unsuited('refused fields');
      const named = getNamedType(field.type);
      if (isAbstractType(named)) throw new Unsuited('abstract types');
      const place = isObjectType(named) ? this.#place(below, named, selecting, depth + 1) : undefined;
      return { key, name, type: field.type, place, from: undefined };
    });
    return { type, fields, entities: [], sent: undefined };
  }

  #walk(node: PlanNode | null): void {
    switch (node?.kind) {
      case 'sequence':
      case 'parallel':
        return node.nodes.forEach((part) => this.#walk(part));
      case 'fetch':
        return this.#addRoot(node);
      case 'entities':
        return this.#addEntities(node);
      default:
        throw new Unsuited('conditions, streams and nothing at all');
    }
  }

  #addRoot(node: FetchNode): void {
    if (node.path?.length || node.outputRewrites.length > 0 || node.operationKind !== 'query') throw new Unsuited('a root fetch that is not plain');
    const { selecting, set } = this.#read(node.operation);
    const view: RootView = { index: this.views.length, node, place: this.root, selecting, sent: pick([set], this.root.type, selecting), parts: [] };
    this.views.push(view);
    this.roots.set(node, view);
  }

  #addEntities(node: EntitiesNode): void {
    const { selecting, set } = this.#read(node.operation);
    const asked = set.selections.map((selection) => {
      if (selection.kind !== Kind.FIELD || selection.name.value !== '_entities' || selection.directives?.length) throw new Unsuited('an entity fetch that is not plain');
      return { alias: (selection.alias ?? selection.name).value, set: selection.selectionSet! };
    });
    // The answer's order is the text's, which the groups of the node need not follow.
    const groups = asked.map(({ alias, set: below }) => {
      const group = node.groups.find((one) => one.alias === alias);
      if (!group || group.inputRewrites.length > 0 || group.outputRewrites.length > 0) throw new Unsuited('rewrites');
      return group.paths.map((path) => {
        const place = this.#find(path);
        const keys = keysOf(group.requires, place.type, selecting);
        const view: EntityView = { index: this.views.length, node, group, place, selecting, sent: pick([below], place.type, selecting), parts: [], keys };
        this.views.push(view);
        place.entities.push(view);
        return view;
      });
    });
    if (groups.length !== node.groups.length || groups.some((views) => views.some(({ place }) => place.type !== views[0]!.place.type))) throw new Unsuited('groups of mixed types');
    this.groups.set(node, groups);
  }

  #read(operation: string): { selecting: Selecting; set: SelectionSetNode } {
    const document = parse(operation, { noLocation: true });
    const definition = document.definitions.find((one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION)!;
    return { selecting: { schema: this.#input.schema, fragments: fragmentsIn(document) }, set: definition.selectionSet };
  }

  #find(path: PlanPath): Place {
    let place = this.root;
    for (const step of path) {
      if (step === '@') continue;
      if ('types' in step) {
        if (!step.types.some((name) => this.#covers(name, place.type))) throw new Unsuited('paths by type');
        continue;
      }
      const next = place.fields.find(({ key }) => key === step.field)?.place;
      if (!next) throw new Unsuited('entities below what the client did not ask for');
      place = next;
    }
    if (place === this.root) throw new Unsuited('entities at the root');
    return place;
  }

  #covers(name: string, type: GraphQLObjectType): boolean {
    const known = this.#input.schema.getType(name);
    return name === type.name || (isAbstractType(known) && this.#input.schema.isSubType(known, type));
  }

  /** Says for each field of a place which text brings it. `base`: what the text around the object was asked for. */
  #assign(place: Place, base: readonly Picked[] | undefined, selecting: Selecting): void {
    place.sent = base;
    const views: View[] = place === this.root ? [...this.roots.values()] : place.entities;
    for (const { keys } of place.entities) {
      const known = keys.every((key) => base?.some((one) => one.key === key && one.sets.length === 0));
      if (!known) throw new Unsuited('keys that another fetch brings');
    }
    for (const field of place.fields) {
      const brings = (sent: readonly Picked[] | undefined) => sent?.find(({ key, name }) => key === field.key && name === field.name);
      const sources = [...(brings(base) ? ['base' as const] : []), ...views.filter(({ sent }) => brings(sent))];
      const [first] = sources;
      if (field.name === '__typename') {
        if (first === 'base') field.from = first;
        continue;
      }
      if (!first) throw new Unsuited('a field that no fetch brings');
      if (field.place && sources.length > 1) throw new Unsuited('objects that two fetches bring');
      field.from = first;
      if (!field.place) continue;
      const below = first === 'base' ? selecting : first.selecting;
      const { sets } = brings(first === 'base' ? base : first.sent)!;
      this.#assign(field.place, pick(sets, field.place.type, below), below);
    }
  }

  /** Cuts the fields of each place into runs of one text. */
  #cut({ fields }: Place): void {
    let before: ClientField['from'];
    for (const field of fields) {
      const { from, place } = field;
      if (typeof from === 'object') {
        if (from !== before) from.parts.push([]);
        from.parts.at(-1)!.push(field);
      }
      before = from;
      if (place) this.#cut(place);
    }
  }
}

/** Response keys of the requirements on objects of a type. A composite one would need objects that the text tier does not make. */
function keysOf(requires: readonly Requirement[], type: GraphQLObjectType, { schema }: Selecting): readonly string[] {
  const keys: string[] = [];
  const visit = (requirements: readonly Requirement[]): void => {
    for (const requirement of requirements) {
      if (requirement.kind === 'field') {
        if (requirement.selections?.length) throw new Unsuited('nested requirements');
        const key = requirement.alias ?? requirement.name;
        if (!keys.includes(key)) keys.push(key);
      } else {
        const known = requirement.type === null || requirement.type === type.name ? undefined : schema.getType(requirement.type);
        if (requirement.type !== null && requirement.type !== type.name && !(isAbstractType(known) && schema.isSubType(known, type))) continue;
        visit(requirement.selections);
      }
    }
  };
  visit(requires);
  if (!keys.includes('__typename')) keys.push('__typename');
  if (keys.length === 1) throw new Unsuited('a representation without a key');
  return keys;
}

/** Throws Unsuited where the operation is for the object tier. */
export function layOut(input: CompileInput): Layout {
  const { root, views, roots, groups } = new Planning(input);
  if (views.some(({ parts }) => parts.length === 0)) throw new Unsuited('a fetch that only serves another one');
  return { root, views, roots, groups };
}
