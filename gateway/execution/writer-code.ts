// Generates the JavaScript that writes one selection as JSON in a single pass: filter, order, check, complete, print.
//
// Why this text is safe to compile: everything that comes from a client or a schema goes in as a literal made by
// JSON.stringify, and only after it was seen to be a GraphQL name (`quoted`). All else are captured values (`K[i]`), and labels
// that an execution brings (`L[i]`), which are text of the answer and never code.
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
import { quoted } from './client-keys.ts';
import type { Refusal } from './executable.ts';
import { enumTexts, leafWriter, stringText } from './leaves.ts';
import { collectFields, selectionSetsOf, type SelectedField, type SelectionContext } from './selection.ts';
import { isInherited } from './slots.ts';
import type { Site, Writing } from './writing.ts';

/** Text of a non-null value, or null where a null has to go further up. */
export type WriteValue = (value: unknown) => string | null;

/** What all generated functions of one writer share. */
export interface Shared {
  readonly selection: SelectionContext;
  readonly refused: ReadonlyMap<string, Refusal>;
  /** By canonical key: which of the writing's labels is written in its place. */
  readonly labels: ReadonlyMap<string, number>;
  /** By depth of the lists around the value that is being written. */
  readonly positions: number[];
  /** The writing that is under way: writing never waits, so there is one. */
  current: Writing;
}

const INTROSPECTION = new Set(['__schema', '__type']);

/** Where generated code stands: the value around (undefined at the root), and the number of lists around. */
interface Position {
  readonly site: Site | undefined;
  readonly depth: number;
}

/** JavaScript for text that is known now, and for what is known when it is written. */
class Lead {
  #code: string[] = [];
  #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  text(text: string): void {
    this.#text += text;
  }

  /** An expression that gives a string. */
  value(expression: string): void {
    this.#code.push(JSON.stringify(this.#text), expression);
    this.#text = '';
  }

  /** All of it as one expression, and empty again. */
  take(): string {
    if (this.#text !== '' || this.#code.length === 0) this.#code.push(JSON.stringify(this.#text));
    const code = this.#code.join('+');
    this.#code = [];
    this.#text = '';
    return code;
  }
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

  /** Parentheses make V8 compile the function at once: it is about to be called. */
  #declare(index: number, body: string): string {
    this.#functions[index] = `const f${index}=(function(o){${body}});\n`;
    return `f${index}`;
  }

  /** A place among the functions: those that a function calls stand before it or behind it, it does not matter. */
  #reserve(): number {
    return this.#functions.push('') - 1;
  }

  source(entry: string): string {
    return `'use strict';\n${this.#functions.join('')}return ${entry};`;
  }

  /** A function that writes an object of a type. On an abstract one, objects that do not tell theirs. */
  object(type: GraphQLCompositeType, sets: readonly SelectionSetNode[], position: Position): string {
    const index = this.#reserve();
    const fields = collectFields(sets, type, this.#shared.selection);
    const { labels } = this.#shared;
    const own = fields.some(({ key }) => labels.has(key)) ? 'const L=S.current.labels;' : '';
    let code = `let s="",v,t;${own}${this.#shape("typeof o!=='object'||Array.isArray(o)", position)}`;
    const lead = new Lead('{');
    for (const [i, field] of fields.entries()) {
      if (i > 0) lead.text(',');
      const label = labels.get(field.key);
      if (label === undefined) lead.text(`${quoted(field.key)}:`);
      else lead.value(`L[${label}]`);
      if (field.name === '__typename' && isObjectType(type)) lead.text(quoted(type.name));
      else code += this.#field(type, field, position, lead.take());
    }
    lead.text('}');
    return this.#declare(index, `${code}return s+${lead.take()};`);
  }

  /** Code that refuses a value that is not of the kind that the type has. */
  #shape(test: string, { site }: Position): string {
    return site ? `if(${test})return S.current.misshapen(${this.#capture(site)});` : '';
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

  /** Code that appends `lead` and the value of one field to `s`, or returns null. */
  #field(type: GraphQLCompositeType, { key, name, nodes }: SelectedField, position: Position, lead: string): string {
    const coordinate = `${type.name}.${name}`;
    if (INTROSPECTION.has(name)) return `s+=${lead}+S.current.introspection.get(${quoted(key)});`;
    if (name === '__typename') {
      return `S.current.untyped(${this.#capture(siteAt(position, key, coordinate))},undefined,${quoted(type.name)});return null;`;
    }
    const definition = isUnionType(type) ? undefined : type.getFields()[name];
    if (!definition) throw new Error(`${coordinate} is not a field`);
    const site = siteAt(position, key, coordinate);
    const refusal = this.#refusal(type, name);
    if (refusal) {
      const told = `S.current.refused(${this.#capture(site)},${this.#capture(refusal)});`;
      return isNonNullType(definition.type) ? `${told}return null;` : `${told}s+=${lead}+'null';`;
    }
    const value = isInherited(key) ? `(Object.hasOwn(o,${quoted(key)})?o.${key}:undefined)` : `o.${key}`;
    return this.#value(definition.type, site, position.depth, selectionSetsOf(nodes), lead, value, 'o');
  }

  /** Code that appends `lead` and the completed `value` to `s`, or returns null from the function around. */
  #value(type: GraphQLOutputType, site: Site, depth: number, sets: readonly SelectionSetNode[], lead: string, value: string, parent: string): string {
    const nullable = getNullableType(type);
    if (isLeafType(nullable)) {
      const { test, text, slow } = leafWriter(nullable);
      const filled = 'getValues' in nullable ? test.replace('K', this.#capture(enumTexts(nullable))) : test;
      const unusual = this.#capture({ ...site, slow });
      return isNonNullType(type)
        ? `v=${value};if(${filled})s+=${lead}+${text};else if((t=S.current.leaf(${unusual},v,${parent}))===null)return null;else s+=${lead}+t;`
        : `v=${value};s+=${lead}+(${filled}?${text}:v==null?'null':S.current.leaf(${unusual},v)??'null');`;
    }
    const position = { site, depth };
    const written = isListType(nullable)
      ? this.#list(nullable.ofType, site, depth, sets)
      : isObjectType(nullable)
        ? this.object(nullable, sets, position)
        : this.#abstract(nullable as GraphQLAbstractType, position, sets);
    return isNonNullType(type)
      ? `v=${value};if((t=v==null?S.current.missing(${this.#capture(site)},${parent}):${written}(v))===null)return null;s+=${lead}+t;`
      : `v=${value};s+=${lead}+(v==null?'null':${written}(v)??'null');`;
  }

  #list(item: GraphQLOutputType, list: Site, depth: number, sets: readonly SelectionSetNode[]): string {
    const index = this.#reserve();
    const site: Site = { above: list, step: depth, coordinate: list.coordinate };
    const body = this.#value(item, site, depth + 1, sets, '(i===0?"":",")', 'o[i]', 'undefined');
    return this.#declare(
      index,
      `${this.#shape('!Array.isArray(o)', { site: list, depth })}const n=o.length;let s='[',v,t;for(let i=0;i<n;i++){P[${depth}]=i;${body}}return s+']';`,
    );
  }

  /** Types are compiled when the first object of theirs is met: an interface may have many that never come. */
  #abstract(type: GraphQLAbstractType, position: Position, sets: readonly SelectionSetNode[]): string {
    const shared = this.#shared;
    const { schema } = shared.selection;
    const writers = new Map<unknown, WriteValue>();
    // Where the client asks for the type under another name, a planner may ask for it under no other.
    const aliases = collectFields(sets, type, shared.selection).filter(({ key, name }) => name === '__typename' && key !== name && !isInherited(key));
    const compileFor = (value: object, name: unknown): string | null => {
      const known = typeof name === 'string' ? schema.getType(name) : undefined;
      // A planner asks for the type only where the selection depends on it; an interface object has only the interface's name.
      const concrete = name === undefined || name === type.name ? type : known;
      if (concrete !== type && !(isObjectType(concrete) && schema.isSubType(type, concrete))) {
        shared.current.untyped(position.site!, name, type.name);
        return null;
      }
      const writer = compileObject(shared, concrete, sets, position);
      writers.set(name, writer);
      return writer(value);
    };
    const name = ['o.__typename', ...aliases.map(({ key }) => (quoted(key), `o.${key}`))].join('??');
    return this.#declare(this.#reserve(), `const n=${name},w=${this.#capture(writers)}.get(n);return w===undefined?${this.#capture(compileFor)}(o,n):w(o);`);
  }
}

const siteAt = ({ site }: Position, key: string, coordinate: string): Site => ({ above: site, step: key, coordinate });

const ROOT: Position = { site: undefined, depth: 0 };

/** Compiles the writer of one selection on one type. */
export function compileObject(shared: Shared, type: GraphQLCompositeType, sets: readonly SelectionSetNode[], position: Position = ROOT): WriteValue {
  const generator = new Generator(shared);
  const entry = generator.object(type, sets, position);
  const make = new Function('K', 'P', 'S', 'stringText', generator.source(entry)) as (...args: unknown[]) => WriteValue;
  return make(generator.captured, shared.positions, shared, stringText);
}
