// The rules that directives put on the coordinates of a supergraph, as tables.
import { Kind, type ConstDirectiveNode, type DefinitionNode, type DocumentNode } from 'graphql';
import { PonteError } from '../../lib/errors.ts';
import { argumentsOf } from './features.ts';
import type { CacheHint, ListSize, Requirement } from './supergraph.ts';

interface Coordinate {
  readonly coordinate: string;
  readonly directives: readonly ConstDirectiveNode[];
}

/** Everything in a definition that may carry a rule: `Sale`, `Sale.items`, `Query.sales(filter:)`, `SaleFilter.search`, `Status.OPEN`. */
function* within(definition: DefinitionNode): Generator<Coordinate> {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_DEFINITION:
    case Kind.UNION_TYPE_DEFINITION:
    case Kind.SCALAR_TYPE_DEFINITION:
      break;
    default:
      return;
  }
  const type = definition.name.value;
  yield { coordinate: type, directives: definition.directives ?? [] };
  const members = 'fields' in definition ? definition.fields : 'values' in definition ? definition.values : [];
  for (const member of members ?? []) {
    const coordinate = `${type}.${member.name.value}`;
    yield { coordinate, directives: member.directives ?? [] };
    for (const argument of 'arguments' in member ? (member.arguments ?? []) : []) {
      yield { coordinate: `${coordinate}(${argument.name.value}:)`, directives: argument.directives ?? [] };
    }
  }
}

type Arguments = Readonly<Record<string, unknown>>;

/** Arguments of the directive `@name`, by the coordinate that it stands on. Empty where nothing is called so. */
export function applications(document: DocumentNode, name: string | undefined): ReadonlyMap<string, Arguments> {
  const found = new Map<string, Arguments>();
  if (name === undefined) return found;
  for (const definition of document.definitions) {
    for (const { coordinate, directives } of within(definition)) {
      const directive = directives.find((each) => each.name.value === name);
      if (directive) found.set(coordinate, argumentsOf(directive));
    }
  }
  return found;
}

const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.every((item) => typeof item === 'string');

function scopeSets(value: unknown, coordinate: string): readonly (readonly string[])[] {
  // GraphQL coerces `"a"` and `["a"]` to lists, as it does everywhere.
  const sets = (Array.isArray(value) ? (value as unknown[]) : [value]).map((set) => (Array.isArray(set) ? (set as unknown[]) : [set]));
  if (sets.length === 0 || !sets.every(isTexts)) {
    // Read as "no scope is asked", it would open what somebody meant to close.
    throw new PonteError('BAD_USER_INPUT', `The supergraph asks for scopes on ${coordinate}, and names none`);
  }
  return sets;
}

/** Who must be known, and what they must hold, by coordinate. */
export function readRequirements(document: DocumentNode, names: { authenticated: string | undefined; requiresScopes: string | undefined }): Map<string, Requirement> {
  const table = new Map<string, Requirement>();
  for (const coordinate of applications(document, names.authenticated).keys()) table.set(coordinate, { authenticated: true, anyOf: [] });
  for (const [coordinate, { scopes }] of applications(document, names.requiresScopes)) {
    table.set(coordinate, { authenticated: table.has(coordinate), anyOf: scopeSets(scopes, coordinate) });
  }
  return table;
}

/** Integers travel as text through an untyped literal, where they are large. */
const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : typeof value === 'string' && value !== '' && Number.isFinite(Number(value)) ? Number(value) : undefined);

export function readCacheHints(document: DocumentNode, name: string | undefined): Map<string, CacheHint> {
  const table = new Map<string, CacheHint>();
  for (const [coordinate, { maxAge, scope, inheritMaxAge }] of applications(document, name)) {
    const seconds = number(maxAge);
    table.set(coordinate, {
      ...(seconds === undefined ? {} : { maxAge: seconds }),
      ...(scope === 'PUBLIC' || scope === 'PRIVATE' ? { scope } : {}),
      ...(typeof inheritMaxAge === 'boolean' ? { inheritMaxAge } : {}),
    });
  }
  return table;
}

export function readCosts(document: DocumentNode, name: string | undefined): Map<string, { weight: number }> {
  const table = new Map<string, { weight: number }>();
  for (const [coordinate, given] of applications(document, name)) {
    const weight = number(given['weight']);
    if (weight !== undefined) table.set(coordinate, { weight });
  }
  return table;
}

export function readListSizes(document: DocumentNode, name: string | undefined): Map<string, ListSize> {
  const table = new Map<string, ListSize>();
  for (const [coordinate, { assumedSize, slicingArguments, sizedFields, requireOneSlicingArgument }] of applications(document, name)) {
    const size = number(assumedSize);
    table.set(coordinate, {
      ...(size === undefined ? {} : { assumedSize: size }),
      ...(isTexts(slicingArguments) ? { slicingArguments } : {}),
      ...(isTexts(sizedFields) ? { sizedFields } : {}),
      ...(typeof requireOneSlicingArgument === 'boolean' ? { requireOneSlicingArgument } : {}),
    });
  }
  return table;
}
