// Generates the JavaScript that writes one selection as JSON in a single pass: filter, order, check, complete, print.
//
// Why this text is safe to compile: everything that comes from a client or a schema goes in as a literal made by
// JSON.stringify, and only after it was seen to be a GraphQL name (`quoted`). All else are captured values (`K[i]`).
import {
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLAbstractType,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type SelectionSetNode,
} from 'graphql';
import type { Refusal } from './executable.ts';
import { enumTexts, leafWriter, stringText } from './leaves.ts';
import { collectFields, selectionSetsOf, type SelectedField, type SelectionContext } from './selection.ts';
import { isInherited } from './slots.ts';
import type { Path } from './troubles.ts';
import type { Site, Writing } from './writing.ts';

/** Text of a non-null value, or null where a null has to go further up. */
export type WriteValue = (value: unknown) => string | null;

/** What all generated functions of one writer share. */
export interface Shared {
  readonly selection: SelectionContext;
  readonly refused: ReadonlyMap<string, Refusal>;
  /** By depth of the lists around the value that is being written. */
  readonly positions: number[];
  /** The writing that is under way: writing never waits, so there is one. */
  current: Writing;
}

const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/;

function quoted(name: string): string {
  if (!NAME.test(name)) throw new Error('Not a GraphQL name');
  return JSON.stringify(name);
}

const INTROSPECTION = new Set(['__schema', '__type']);

interface Position {
  readonly template: Path;
  /** Number of lists around. */
  readonly depth: number;
}

class Generator {
  readonly captured: unknown[] = [];
  readonly #functions: string[] = [];
  readonly #shared: Shared;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  #capture(value: unknown): string {
    return `K[${this.captured.push(value) - 1}]`;
  }

  #declare(body: string): string {
    const name = `f${this.#functions.length}`;
    this.#functions.push(`function ${name}(o) {\n${body}}\n`);
    return name;
  }

  source(entry: string): string {
    return `'use strict';\n${this.#functions.join('')}return ${entry};`;
  }

  /** A function that writes an object of a type. On an abstract one, objects that do not tell theirs. */
  object(type: GraphQLCompositeType, sets: readonly SelectionSetNode[], position: Position): string {
    const index = this.#functions.push('') - 1;
    let code = 'let s = "", v, t;\n';
    let text = '{';
    let first = true;
    for (const field of collectFields(sets, type, this.#shared.selection)) {
      text += `${first ? '' : ','}${quoted(field.key)}:`;
      first = false;
      if (field.name === '__typename' && isObjectType(type)) {
        text += quoted(type.name);
        continue;
      }
      code += this.#field(type, field, position, text);
      text = '';
    }
    code += `return s + ${JSON.stringify(`${text}}`)};\n`;
    this.#functions[index] = `function f${index}(o) {\n${code}}\n`;
    return `f${index}`;
  }

  /** What is not known to be another type's is refused like the one that is. */
  #refusal(type: GraphQLCompositeType, name: string): Refusal | undefined {
    const { selection, refused } = this.#shared;
    if (refused.size === 0) return undefined;
    const types = isAbstractType(type) ? [type, ...selection.schema.getPossibleTypes(type)] : [type];
    for (const possible of types) {
      const refusal = refused.get(`${possible.name}.${name}`);
      if (refusal) return refusal;
    }
    return undefined;
  }

  /** Code that appends `text` and the value of one field to `s`, or returns null. */
  #field(type: GraphQLCompositeType, { key, name, nodes }: SelectedField, { template, depth }: Position, text: string): string {
    const coordinate = `${type.name}.${name}`;
    const site: Site = { template: [...template, key], coordinate };
    const lead = JSON.stringify(text);
    if (INTROSPECTION.has(name)) return `s += ${lead} + S.current.introspection.get(${quoted(key)});\n`;
    if (name === '__typename') return `S.current.untyped(${this.#capture(site)}, undefined, ${quoted(type.name)});\nreturn null;\n`;
    const definition = isUnionType(type) ? undefined : type.getFields()[name];
    if (!definition) throw new Error(`${coordinate} is not a field`);
    const refusal = this.#refusal(type, name);
    if (refusal) {
      const told = `S.current.refused(${this.#capture(site)}, ${this.#capture(refusal)});\n`;
      return isNonNullType(definition.type) ? `${told}return null;\n` : `${told}s += ${lead} + 'null';\n`;
    }
    const slot = `o[${quoted(key)}]`;
    const value = isInherited(key) ? `(Object.hasOwn(o, ${quoted(key)}) ? ${slot} : undefined)` : slot;
    const position = { template: site.template, depth };
    return `v = ${value};\n${this.#value(definition.type, site, position, selectionSetsOf(nodes), lead, 'o')}`;
  }

  /** Code that appends `lead` and the completed `v` to `s`, or returns null from the function around. */
  #value(type: GraphQLOutputType, site: Site, position: Position, sets: readonly SelectionSetNode[], lead: string, parent: string): string {
    const nullable = getNullableType(type);
    const required = isNonNullType(type);
    const at = this.#capture(site);
    const none = required ? `{ S.current.missing(${at}, ${parent}); return null; }` : `s += ${lead} + 'null';`;
    if (isLeafType(nullable)) {
      const { test, text, slow } = leafWriter(nullable);
      const filled = test.replace('K', 'getValues' in nullable ? this.#capture(enumTexts(nullable)) : 'K');
      const unusual = `(t = S.current.leaf(${at}, ${this.#capture(slow)}, v)) === null`;
      return (
        `if (${filled}) s += ${lead} + ${text};\n` +
        `else if (v === null || v === undefined) ${none}\n` +
        `else if (${unusual}) ${required ? 'return null;' : `s += ${lead} + 'null';`}\n` +
        `else s += ${lead} + t;\n`
      );
    }
    const written = isListType(nullable)
      ? this.#list(nullable.ofType, site, position, sets)
      : isObjectType(nullable)
        ? this.object(nullable, sets, position)
        : this.#abstract(nullable as GraphQLAbstractType, site, sets, position);
    const shape = isListType(nullable) ? '!Array.isArray(v)' : "typeof v !== 'object' || Array.isArray(v)";
    const wrong = isListType(nullable) ? 'Expected a list' : 'Expected an object';
    const lost = required ? 'return null;' : `s += ${lead} + 'null';`;
    return (
      `if (v === null || v === undefined) ${none}\n` +
      `else if (${shape}) { S.current.wrong(${at}, ${JSON.stringify(`${wrong} for field ${site.coordinate}.`)}); ${lost} }\n` +
      `else if ((t = ${written}(v)) === null) ${lost}\n` +
      `else s += ${lead} + t;\n`
    );
  }

  #list(item: GraphQLOutputType, { template, coordinate }: Site, { depth }: Position, sets: readonly SelectionSetNode[]): string {
    const site: Site = { template: [...template, depth], coordinate };
    const inside = { template: site.template, depth: depth + 1 };
    const body = this.#value(item, site, inside, sets, '(i === 0 ? "" : ",")', 'undefined');
    return this.#declare(
      `const n = o.length;\nlet s = '[', v, t;\nfor (let i = 0; i < n; i++) {\nP[${depth}] = i;\nv = o[i];\n${body}}\nreturn s + ']';\n`,
    );
  }

  /** Types are compiled when the first object of theirs is met: an interface may have many that never come. */
  #abstract(type: GraphQLAbstractType, site: Site, sets: readonly SelectionSetNode[], position: Position): string {
    const shared = this.#shared;
    const { schema } = shared.selection;
    const writers = new Map<unknown, WriteValue>();
    const compileFor = (value: { readonly __typename?: unknown }): string | null => {
      const name = value.__typename;
      const known = typeof name === 'string' ? schema.getType(name) : undefined;
      // A planner asks for the type only where the selection depends on it; an interface object has only the interface's name.
      const concrete = name === undefined || name === type.name ? type : known;
      if (concrete !== type && !(isObjectType(concrete) && schema.isSubType(type, concrete))) {
        shared.current.untyped(site, name, type.name);
        return null;
      }
      const writer = compileObject(shared, concrete, sets, position);
      writers.set(name, writer);
      return writer(value);
    };
    return this.#declare(
      `const w = ${this.#capture(writers)}.get(o.__typename);\nreturn w === undefined ? ${this.#capture(compileFor)}(o) : w(o);\n`,
    );
  }
}

export const ROOT: Position = { template: [], depth: 0 };

/** Compiles the writer of one selection on one type. */
export function compileObject(shared: Shared, type: GraphQLCompositeType, sets: readonly SelectionSetNode[], position: Position = ROOT): WriteValue {
  const generator = new Generator(shared);
  const entry = generator.object(type, sets, position);
  const make = new Function('K', 'P', 'S', 'stringText', generator.source(entry)) as (...args: unknown[]) => WriteValue;
  return make(generator.captured, shared.positions, shared, stringText);
}
