// What a subscription streams, read from the supergraph. Where its type has an `id`, its events are STATES: the newest one of each
// id counts, and a new stream begins with those that are current. Without `id` they are CHANGES: each counts, none is repeated.
// `unknown`: there is an `id`, but the subgraph of the stream cannot give it.
import { Kind, parse, print, type DirectiveNode, type FieldDefinitionNode, type FieldNode, type OperationDefinitionNode, type SelectionNode, type TypeNode } from 'graphql';
import type { Plan } from '../planning/plan.ts';
import type { PlannedFetch } from '../sources/source.ts';
import type { Supergraph } from '../supergraph/supergraph.ts';

export type Nature = 'states' | 'changes' | 'unknown';
/** By root field of Subscription. */
type Types = ReadonlyMap<string, { readonly hasId: boolean; readonly services: ReadonlySet<string> }>;

export type GraphText = Pick<Supergraph, 'sdl'>;

/** A primary fetch, ready to be opened. */
export interface PrimaryFetch extends PlannedFetch {
  readonly service: string;
  readonly nature: Nature;
  /** Response keys of the root field and of its `id`; null where events have no key. */
  readonly key: readonly [root: string, id: string] | null;
}

const argument = (directive: DirectiveNode, name: string): string | undefined => {
  const value = directive.arguments?.find((each) => each.name.value === name)?.value;
  return value?.kind === Kind.ENUM || value?.kind === Kind.STRING ? value.value : undefined;
};
const named = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : named(type.type));

/** Graphs that can answer the field; empty: all that know its type. */
const graphsOf = ({ directives = [] }: FieldDefinitionNode): string[] =>
  directives.filter(({ name, arguments: args }) => name.value === 'join__field' && !args?.some(({ name: { value } }) => value === 'external')).flatMap((each) => argument(each, 'graph') ?? []);

function readTypes(sdl: string): Types {
  const { definitions } = parse(sdl, { noLocation: true });
  const objects = new Map(definitions.flatMap((each) => (each.kind === Kind.OBJECT_TYPE_DEFINITION || each.kind === Kind.INTERFACE_TYPE_DEFINITION ? [[each.name.value, each] as const] : [])));
  const graphNames = new Map<string, string>();
  for (const each of definitions) {
    if (each.kind !== Kind.ENUM_TYPE_DEFINITION || each.name.value !== 'join__Graph') continue;
    for (const { name, directives = [] } of each.values ?? []) for (const directive of directives) graphNames.set(name.value, argument(directive, 'name') ?? name.value);
  }
  const schema = definitions.find((each) => each.kind === Kind.SCHEMA_DEFINITION);
  const root = schema?.operationTypes.find(({ operation }) => operation === 'subscription')?.type.name.value ?? 'Subscription';
  const types = new Map<string, { hasId: boolean; services: ReadonlySet<string> }>();
  for (const field of objects.get(root)?.fields ?? []) {
    const type = objects.get(named(field.type));
    const id = type?.fields?.find(({ name }) => name.value === 'id');
    const own = id ? graphsOf(id) : [];
    const all = (type?.directives ?? []).filter(({ name }) => name.value === 'join__type').flatMap((each) => argument(each, 'graph') ?? []);
    types.set(field.name.value, { hasId: id !== undefined, services: new Set((own.length > 0 ? own : all).map((graph) => graphNames.get(graph) ?? graph)) });
  }
  return types;
}

const isField = (node: SelectionNode): node is FieldNode => node.kind === Kind.FIELD;

/** The primary's operation, with the `id` that tells its states apart where the client does not select it. */
function prepare({ service, operation, operationName }: Plan['root'] & { readonly kind: 'fetch' }, types: Types): PrimaryFetch {
  const document = parse(operation, { noLocation: true });
  const node = document.definitions.find((each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION);
  const root = node?.selectionSet.selections.find(isField);
  const type = root && types.get(root.name.value);
  const plain = { service, operation, operationName, operationKind: 'subscription' } as const;
  if (!node || !root?.selectionSet || !type?.hasId) return { ...plain, nature: 'changes', key: null };
  if (!type.services.has(service)) return { ...plain, nature: 'unknown', key: null };
  const rootKey = root.alias?.value ?? root.name.value;
  const { selections } = root.selectionSet;
  const selected = selections.filter(isField).find(({ name, directives }) => name.value === 'id' && !directives?.length);
  if (selected) return { ...plain, nature: 'states', key: [rootKey, selected.alias?.value ?? 'id'] };
  let alias = 'streamKey';
  while (operation.includes(alias)) alias += '_';
  const id: FieldNode = { kind: Kind.FIELD, alias: { kind: Kind.NAME, value: alias }, name: { kind: Kind.NAME, value: 'id' } };
  const withId: FieldNode = { ...root, selectionSet: { ...root.selectionSet, selections: [...selections, id] } };
  const definitions = document.definitions.map((each) =>
    each === node ? { ...node, selectionSet: { ...node.selectionSet, selections: node.selectionSet.selections.map((each) => (each === root ? withId : each)) } } : each,
  );
  return { ...plain, operation: print({ ...document, definitions }), nature: 'states', key: [rootKey, alias] };
}

/** Reads primary fetches; each plan once. */
export function createPrimaryReader(supergraph: () => GraphText): (primary: Plan['root'] & { readonly kind: 'fetch' }) => PrimaryFetch {
  const known = new WeakMap<GraphText, { readonly types: Types; readonly fetches: WeakMap<object, PrimaryFetch> }>();
  return (primary) => {
    const graph = supergraph();
    let read = known.get(graph);
    if (!read) known.set(graph, (read = { types: readTypes(graph.sdl), fetches: new WeakMap() }));
    let fetch = read.fetches.get(primary);
    if (!fetch) read.fetches.set(primary, (fetch = prepare(primary, read.types)));
    return fetch;
  };
}
