// Reads a supergraph: takes the rules on its fields into tables, and out of the text, because @apollo/gateway 2.14.4 refuses
// a supergraph that asks for `@authenticated` or `@requiresScopes` (both `for: SECURITY`). Whoever plans or executes behind
// this gateway is given the copy without them, and the gateway alone enforces the tables.
import { createHash } from 'node:crypto';
import { Supergraph as ApolloSupergraph } from '@apollo/federation-internals';
import { GraphQLError, Kind, parse, print, visit, type DocumentNode, type TypeNode } from 'graphql';
import { messageOf, PonteError } from '../../lib/errors.ts';
import { featuresOf, nameOf, type Feature } from './features.ts';
import { readCacheHints, readCosts, readListSizes, readRequirements } from './rules.ts';
import type { Supergraph } from './supergraph.ts';

const APOLLO = 'https://specs.apollo.dev';
/** What is enforced here. */
const ENFORCED = new Set([`${APOLLO}/authenticated/v0.1`, `${APOLLO}/requiresScopes/v0.1`]);
/** What the schema that clients see is made by. */
const HONOURED = new Set([`${APOLLO}/inaccessible/v0.1`, `${APOLLO}/inaccessible/v0.2`]);

/** What a feature brings into the text, beside its link. */
const ELEMENTS: Readonly<Record<string, readonly string[]>> = {
  authenticated: ['@authenticated'],
  requiresScopes: ['@requiresScopes', 'Scope'],
  cacheControl: ['@cacheControl'],
  cost: ['@cost', '@listSize'],
};
/** A type that subgraphs must define to say `@cacheControl`, and that no field returns. */
const CACHE_SCOPE = 'CacheControlScope';

const unusable = (why: string, cause?: unknown): PonteError =>
  new PonteError('BAD_USER_INPUT', `The supergraph cannot be used: ${why}`, {
    hint: 'Compose it again from subgraphs of Federation 2, and look at what the composition says.',
    ...(cause === undefined ? {} : { cause }),
  });

/** All problems of a vendor's error, one sentence each, a few of them. */
function problemsOf(error: unknown): string {
  const causes = (error as { causes?: unknown }).causes;
  const errors: readonly unknown[] = error instanceof GraphQLError && Array.isArray(causes) ? causes : [error];
  const lines = errors.slice(0, 5).map((each) => messageOf(each).replace(/\s*\n[\s\S]*$/, ''));
  return `${lines.join('; ')}${errors.length > 5 ? ` (and ${errors.length - 5} more)` : ''}`;
}

/** Names that somebody expects to be enforced, linked well or not. */
const SECURITY = ['authenticated', 'requiresScopes', 'policy'];

/** Something that is asked for the sake of security and not done would be an open door. */
function refuseUnknownSecurity(document: DocumentNode, features: readonly Feature[]): void {
  const address = ({ identity, version }: Feature): string => (version === '' ? identity : `${identity}/${version}`);
  const unknown = features.filter((feature) => {
    const asked = feature.purpose === 'SECURITY' || (feature.identity.startsWith(APOLLO) && SECURITY.includes(feature.spec));
    return asked && !ENFORCED.has(address(feature)) && !HONOURED.has(address(feature));
  });
  if (unknown.length > 0) throw unusable(`it needs ${unknown.map(address).join(', ')} for: SECURITY, which this gateway does not enforce`);
  const linked = new Set(features.flatMap((feature) => (ELEMENTS[feature.spec] ?? []).map((element) => nameOf(feature, element))));
  const loose = document.definitions.flatMap((definition) => (definition.kind === Kind.DIRECTIVE_DEFINITION ? [definition.name.value] : []));
  const unlinked = loose.filter((name) => SECURITY.includes(name) && !linked.has(name));
  if (unlinked.length > 0) throw unusable(`it defines ${unlinked.map((name) => `@${name}`).join(', ')} and does not link its specification`);
}

/** True where a field, an argument or an input field has the type. */
function isUsed(document: DocumentNode, name: string, except: ReadonlySet<string>): boolean {
  let used = false;
  const base = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : base(type.type));
  visit(document, {
    DirectiveDefinition: (node) => (except.has(node.name.value) ? false : undefined),
    FieldDefinition: (node) => void (used ||= base(node.type) === name),
    InputValueDefinition: (node) => void (used ||= base(node.type) === name),
  });
  return used;
}

/** The document without the links of these features, their directives (definitions and applications) and their types. */
function without(document: DocumentNode, features: readonly Feature[]): DocumentNode {
  const links = new Set(features.map(({ link }) => link));
  const names = features.flatMap((feature) => (ELEMENTS[feature.spec] ?? []).map((element) => ({ directive: element.startsWith('@'), name: nameOf(feature, element) })));
  const directives = new Set(names.filter(({ directive }) => directive).map(({ name }) => name));
  const types = new Set(names.filter(({ directive }) => !directive).map(({ name }) => name));
  if (features.some(({ spec }) => spec === 'cacheControl') && !isUsed(document, CACHE_SCOPE, directives)) types.add(CACHE_SCOPE);
  return visit(document, {
    Directive: (node) => (links.has(node as Feature['link']) || directives.has(node.name.value) ? null : undefined),
    DirectiveDefinition: (node) => (directives.has(node.name.value) ? null : undefined),
    ScalarTypeDefinition: (node) => (types.has(node.name.value) ? null : undefined),
    EnumTypeDefinition: (node) => (types.has(node.name.value) ? null : undefined),
  });
}

/**
 * What the gateway needs to know of a supergraph, as @apollo/composition 2.14.4 writes it.
 * Throws a PonteError (BAD_USER_INPUT) that says what is wrong where the text cannot be used.
 */
export function readSupergraph(sdl: string): Supergraph {
  let document: DocumentNode;
  try {
    document = parse(sdl, { noLocation: true });
  } catch (error) {
    throw unusable(problemsOf(error), error);
  }
  const features = featuresOf(document);
  refuseUnknownSecurity(document, features);
  const taken = features.filter(({ spec, identity }) => spec === 'cacheControl' || (identity === `${APOLLO}/${spec}` && spec in ELEMENTS));
  const called = (spec: string, element: string): string | undefined => {
    const feature = taken.find((each) => each.spec === spec);
    return feature && nameOf(feature, element);
  };
  const clean = print(without(document, taken));
  try {
    const apollo = ApolloSupergraph.build(clean);
    return {
      hash: createHash('sha256').update(sdl).digest('hex'),
      sdl: clean,
      apiSchema: apollo.apiSchema().toGraphQLJSSchema({ includeDefer: true }),
      requirements: readRequirements(document, { authenticated: called('authenticated', '@authenticated'), requiresScopes: called('requiresScopes', '@requiresScopes') }),
      cacheHints: readCacheHints(document, called('cacheControl', '@cacheControl')),
      costs: readCosts(document, called('cost', '@cost')),
      listSizes: readListSizes(document, called('cost', '@listSize')),
      subgraphs: apollo.subgraphsMetadata().map(({ name }) => name),
    };
  } catch (error) {
    throw error instanceof PonteError ? error : unusable(problemsOf(error), error);
  }
}
