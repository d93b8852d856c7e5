// Who may see what of a subgraph, and how long it stays true: tables beside the types, written into the SDL as federation's
// `@authenticated` and `@requiresScopes` and as `@cacheControl`. The gateway enforces them; a subgraph itself believes it.
import SchemaBuilder, { BasePlugin, type PothosOutputFieldConfig, type PothosTypeConfig, type SchemaTypes } from '@pothos/core';
import { DirectiveLocation, GraphQLBoolean, GraphQLDirective, GraphQLEnumType, GraphQLInt, isObjectType, specifiedDirectives, type GraphQLSchema } from 'graphql';

/** All scopes of at least one of these sets (the argument of `@requiresScopes`), or `known`: whoever the gateway knows. */
export type Requirement = readonly (readonly string[])[] | 'known';

/** What may be kept of an answer, and for whom. `PRIVATE`: depends on the wallets of the caller. */
export interface CacheHint {
  /** Seconds. */
  readonly maxAge: number;
  readonly scope: 'PUBLIC' | 'PRIVATE';
}

/** By name of an object type (`Sale`), or coordinate of a field: `Query.sales`, `*.metadata` (of every type), `Mutation.*` (every field). */
export interface Access {
  /** For every object type that is not named in `types`; root types, `PageInfo` and bare references carry none. */
  readonly everyType?: Requirement;
  readonly types?: Readonly<Record<string, Requirement>>;
  /** Together with what the type of the field and the type around it ask for. */
  readonly fields?: Readonly<Record<string, Requirement>>;
  /** Types that other subgraphs own (and protect): here only their keys, or fields of ours on them. */
  readonly foreign?: readonly string[];
  readonly cache?: Readonly<Record<string, CacheHint>>;
}

/** Composition keeps a directive of our own only where it comes from a specification that is not the federation's. */
const CACHE_CONTROL_URL = 'https://ponte.dev/cacheControl/v0.1';
const CACHE_CONTROL = new GraphQLDirective({
  name: 'cacheControl',
  description: 'How long an answer may be kept (seconds), and whether it is the same for every caller.',
  locations: [DirectiveLocation.FIELD_DEFINITION, DirectiveLocation.OBJECT, DirectiveLocation.INTERFACE, DirectiveLocation.UNION],
  args: {
    maxAge: { type: GraphQLInt },
    scope: { type: new GraphQLEnumType({ name: 'CacheControlScope', values: { PUBLIC: {}, PRIVATE: {} } }) },
    inheritMaxAge: { type: GraphQLBoolean },
  },
});

const OPEN_TYPES = new Set(['Query', 'Mutation', 'Subscription', 'PageInfo']);

interface Applied {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

const requirementDirective = (requirement: Requirement | undefined): Applied[] => {
  if (requirement === undefined) return [];
  return requirement === 'known' ? [{ name: 'authenticated', args: {} }] : [{ name: 'requiresScopes', args: { scopes: requirement } }];
};
const cacheDirective = (hint: CacheHint | undefined): Applied[] => (hint === undefined ? [] : [{ name: 'cacheControl', args: { ...hint } }]);

interface AccessOptions {
  access?: Access;
  directives?: readonly GraphQLDirective[];
  composeDirectives?: `@${string}`[];
  extensions?: Record<string, unknown>;
}

/** The options of `toSubGraphSchema` that carry the tables of a subgraph. */
export const accessOptions = (access: Access | undefined): AccessOptions => {
  if (access?.cache === undefined) return access === undefined ? {} : { access };
  return {
    access,
    directives: [...specifiedDirectives, CACHE_CONTROL],
    composeDirectives: [`@${CACHE_CONTROL.name}`],
    extensions: { directives: [{ name: 'link', args: { url: CACHE_CONTROL_URL, import: [`@${CACHE_CONTROL.name}`] } }] },
  };
};

/** Throws where a table names what the schema does not have: a rule that protects nothing is a mistake in writing. */
export function checkAccess(schema: GraphQLSchema, access: Access): void {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const known = new Set(types.flatMap((type) => [type.name, `${type.name}.*`, ...Object.keys(type.getFields()).flatMap((field) => [`${type.name}.${field}`, `*.${field}`])]));
  const named = [access.types, access.fields, access.cache].flatMap((table) => Object.keys(table ?? {})).concat(access.foreign ?? []);
  const unknown = named.filter((name) => !known.has(name));
  if (unknown.length > 0) throw new TypeError(`Rules of access name what is not in the schema: ${unknown.join(', ')}`);
}

/** The same `extensions` with further directives, in the form that the plugin of directives gives them. */
function withDirectives(extensions: Record<string, unknown> | undefined | null, more: readonly Applied[]): Record<string, unknown> {
  const present = extensions?.['directives'];
  const list = Array.isArray(present) ? (present as Applied[]) : Object.entries((present ?? {}) as object).map(([name, args]): Applied => ({ name, args }));
  return { ...extensions, directives: [...list, ...more] };
}

/** A Pothos plugin that applies `access` of the options of a build to the types and fields that are built. */
class AccessPlugin<Types extends SchemaTypes> extends BasePlugin<Types> {
  override onTypeConfig(config: PothosTypeConfig): PothosTypeConfig {
    const { access } = this.options;
    if (access === undefined || config.kind !== 'Object' || OPEN_TYPES.has(config.name)) return config;
    const requirement = access.foreign?.includes(config.name) ? undefined : (access.types?.[config.name] ?? access.everyType);
    const more = [...requirementDirective(requirement), ...cacheDirective(access.cache?.[config.name])];
    return more.length === 0 ? config : { ...config, extensions: withDirectives(config.extensions, more) };
  }

  override onOutputFieldConfig(config: PothosOutputFieldConfig<Types>): PothosOutputFieldConfig<Types> {
    const { access } = this.options;
    if (access === undefined) return config;
    const coordinate = `${config.parentType}.${config.name}`;
    const requirement = access.fields?.[coordinate] ?? access.fields?.[`*.${config.name}`] ?? access.fields?.[`${config.parentType}.*`];
    const more = [...requirementDirective(requirement), ...cacheDirective(access.cache?.[coordinate])];
    return more.length === 0 ? config : { ...config, extensions: withDirectives(config.extensions, more) };
  }
}

declare global {
  export namespace PothosSchemaTypes {
    export interface Plugins<Types extends SchemaTypes> {
      access: AccessPlugin<Types>;
    }
    export interface BuildSchemaOptions<Types extends SchemaTypes> {
      access?: Access;
    }
  }
}

export const ACCESS_PLUGIN = 'access';
SchemaBuilder.registerPlugin(ACCESS_PLUGIN, AccessPlugin);
