// The features that a supergraph links (`schema @link(url:, as:, import:, for:)`), and the names that their elements have in it.
// See specs.apollo.dev/link/v1.0 (and core/v0.2, its older form).
import { Kind, valueFromASTUntyped, type ConstDirectiveNode, type DocumentNode } from 'graphql';

/** One linked specification. */
export interface Feature {
  /** Last name in the address: `requiresScopes`. */
  readonly spec: string;
  /** `https://specs.apollo.dev/requiresScopes` */
  readonly identity: string;
  /** `v0.1` */
  readonly version: string;
  /** What it is called here; the name of its first directive, and the prefix of the others. */
  readonly name: string;
  readonly purpose: 'SECURITY' | 'EXECUTION' | undefined;
  /** Elements with a name of their own, `@` included: from the specification's name to the one here. */
  readonly imports: ReadonlyMap<string, string>;
  /** Where it is linked. */
  readonly link: ConstDirectiveNode;
}

/** Values of a directive's arguments. */
export const argumentsOf = (directive: ConstDirectiveNode): Readonly<Record<string, unknown>> =>
  Object.fromEntries((directive.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** `["@key", { name: "@auth", as: "@signedIn" }]` */
function importsOf(value: unknown): ReadonlyMap<string, string> {
  const imports = new Map<string, string>();
  for (const item of Array.isArray(value) ? (value as unknown[]) : []) {
    const { name, as } = typeof item === 'string' ? { name: item, as: undefined } : (item as { name?: unknown; as?: unknown });
    const element = text(name);
    if (element !== undefined) imports.set(element, text(as) ?? element);
  }
  return imports;
}

/** Every feature that the schema links, the link feature itself included. */
export function featuresOf(document: DocumentNode): Feature[] {
  const links = document.definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION ? (definition.directives ?? []) : [],
  );
  return links.flatMap((link): Feature[] => {
    const given = argumentsOf(link);
    const address = (text(given['url']) ?? text(given['feature']))?.replace(/\/+$/, '');
    if (address === undefined) return [];
    const { identity, version } = /^(?<identity>.*)\/(?<version>v\d+(\.\d+)?)$/.exec(address)?.groups ?? { identity: address, version: '' };
    const spec = identity!.slice(identity!.lastIndexOf('/') + 1);
    const purpose = given['for'];
    return [
      {
        spec,
        identity: identity!,
        version: version!,
        name: text(given['as']) ?? spec,
        purpose: purpose === 'SECURITY' || purpose === 'EXECUTION' ? purpose : undefined,
        imports: importsOf(given['import']),
        link,
      },
    ];
  });
}

/** What an element of the feature is called in this supergraph, without `@`. `element`: `@requiresScopes`, or a type's name. */
export function nameOf(feature: Feature, element: string): string {
  const imported = feature.imports.get(element);
  if (imported !== undefined) return imported.replace(/^@/, '');
  const bare = element.replace(/^@/, '');
  return element.startsWith('@') && bare === feature.spec ? feature.name : `${feature.name}__${bare}`;
}
