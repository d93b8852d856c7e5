// Generates the JavaScript that reads the text of one fetch along its selection: it cuts out what the client asked for, in the
// client's order, leaves holes for what other fetches bring, and notes the keys by which they bring it.
//
// Why this text is safe to compile: keys of the answer go in as byte codes and as literals made by JSON.stringify, both only
// after they were seen to be GraphQL names (`named`); everything else is numbers.
//
// Variables of the generated code. b: bytes of the text, s: the text, i: position; [m, i) is read, wanted, and not yet taken;
// t: taken text; o: taken text and holes before t (a hole is a number, see `holeOf`); R: the run's state of each view.
import { getNullableType, isEnumType, isListType, isNonNullType, type GraphQLOutputType } from 'graphql';
import type { EntitiesNode, FetchNode } from '../planning/plan.ts';
import type { ClientField, EntityView, Layout, Place, View } from './places.ts';
import type { Picked } from './selection.ts';
import { any, boolean, float, int, misfit, none, string, tail, type Bytes } from './scan.ts';
import { Unsuited } from './unsuited.ts';

/** What a view's text becomes: text, or text with holes in it. */
export type Chunk = string | (string | number)[];

/** What is known of one view during a run. */
export interface Gathered {
  /** Of a view of entities: representations that were met (JSON), in this order. */
  readonly wanted: string[];
  readonly known: Map<string, number>;
  /** Where several views ask in one list: for each of its elements this view's own index. */
  local: Int32Array | undefined;
  /** Length of the list that the subgraph owes. */
  owed: number;
  /** By own index and part. */
  readonly chunks: Chunk[];
}
export type Scan = (b: Bytes, s: string, n: number, R: readonly Gathered[]) => void;

/** Names of an enum are compared one after the other. */
const MOST_NAMES = 64;
const NAME = /^[_A-Za-z][_0-9A-Za-z]*$/;
function named(name: string): string {
  if (!NAME.test(name)) throw new Error('Not a GraphQL name');
  return name;
}
const keyText = (key: string): string => `"${named(key)}":`;

/** Tests of the bytes from `i` on against a text. */
const bytesOf = (text: string, test: '===' | '!=='): string[] => [...text].map((c, k) => `b[i${k > 0 ? `+${k}` : ''}]${test}${c.charCodeAt(0)}`);

/** Code that goes over an expected text, byte by byte. */
const expect = (text: string): string => `if(${bytesOf(text, '!==').join('||')})misfit('shape');i+=${text.length};\n`;

/** The text of a part where there is no entity; undefined where one of its fields cannot be null. */
const emptyPart = (part: readonly ClientField[]): string | undefined =>
  part.some(({ type }) => isNonNullType(type)) ? undefined : part.map(({ key }) => `${keyText(key)}null`).join(',');

type Item = { readonly sent: number } | { readonly text: string } | { readonly view: EntityView; readonly part: number };

class Generator {
  readonly #holes: number;
  #names = 0;

  constructor(holes: number) {
    this.#holes = holes;
  }

  #name(letter: string): string {
    return `${letter}${this.#names++}`;
  }

  /** Code over one value of a type that the client sees; `place` where it has fields. */
  #value(type: GraphQLOutputType, place: Place | undefined): string {
    const nullable = getNullableType(type);
    const empty = `else if(b[i]===110){${isNonNullType(type) ? "misfit('null')" : 'i=none(b,i)'};}\n`;
    const otherwise = `${empty}else misfit('leaf');\n`;
    if (isListType(nullable)) {
      return `if(b[i]===91){i++;\nif(b[i]===93)i++;else for(;;){\n${this.#value(nullable.ofType, place)}if(b[i]===44){i++;continue;}\nif(b[i]===93){i++;break;}\nmisfit('shape');}\n}${otherwise}`;
    }
    if (place) return `if(b[i]===123){i++;\n${this.#object(place)}}${otherwise}`;
    if (isEnumType(nullable)) {
      const names = nullable.getValues().map(({ name }) => `"${named(name)}"`);
      if (names.length > MOST_NAMES) throw new Unsuited('a large enum');
      return `${names.map((text) => `if(${bytesOf(text, '===').join('&&')})i+=${text.length};else `).join('')}${otherwise.slice('else '.length)}`;
    }
    switch ('name' in nullable ? nullable.name : '') {
      case 'String':
      case 'ID':
        return `if(b[i]===34)i=string(b,i+1);${otherwise}`;
      case 'Int':
        return `if(b[i]!==110)i=int(b,i);${empty}`;
      case 'Float':
        return `if(b[i]!==110)i=float(b,i);${empty}`;
      case 'Boolean':
        return `if(b[i]!==110)i=boolean(b,i);${empty}`;
      default:
        return `if(b[i]!==110)i=any(b,i,0);${empty}`;
    }
  }

  /** Code from behind the brace that opens an object to behind the one that closes it; both belong to the text that is wanted. */
  #object(place: Place): string {
    const sent = place.sent!;
    const items: Item[] = [];
    const done = new Set<EntityView>();
    let before: ClientField['from'];
    for (const { from, key } of place.fields) {
      if (from === 'base') items.push({ sent: sent.findIndex((one) => one.key === key) });
      else if (from === undefined) items.push({ text: `${keyText(key)}${JSON.stringify(named(place.type.name))}` });
      else if (from !== before) {
        const view = from as EntityView;
        items.push({ view, part: items.filter((item) => 'view' in item && item.view === view).length });
        done.add(view);
      }
      before = from;
    }
    const captured = new Map<string, [string, string]>();
    for (const { keys } of place.entities) for (const key of keys) if (key !== '__typename') captured.set(key, [this.#name('k'), this.#name('k')]);
    const rows = new Map(place.entities.map((view) => [view, this.#name('x')]));
    const fields = this.#fields(place, sent, items, captured, rows);
    const declared = [...[...captured.values()].flat(), ...rows.values()];
    const declaration = declared.length > 0 ? `let ${declared.map((name) => `${name}=0`).join(',')};\n` : '';
    const asked = place.entities.map((view) => this.#ask(view, rows.get(view)!, captured)).join('');
    return `{${declaration}${fields.before}${expect('}')}${asked}${fields.after}}\n`;
  }

  /** Code that makes the representation of an object and finds its index: -1 where the object has no key. */
  #ask({ index, keys, place }: EntityView, row: string, captured: ReadonlyMap<string, [string, string]>): string {
    const parts: string[] = [];
    let text = '{';
    for (const key of keys) {
      text += keyText(key);
      if (key === '__typename') text += JSON.stringify(named(place.type.name));
      else {
        const [from, to] = captured.get(key)!;
        parts.push(JSON.stringify(text), `s.slice(${from},${to})`);
        text = '';
      }
      text += ',';
    }
    parts.push(JSON.stringify(`${text.slice(0, -1)}}`));
    const allNull = keys.filter((key) => key !== '__typename').map((key) => `b[${captured.get(key)![0]}]===110`);
    const q = this.#name('q');
    const w = this.#name('w');
    return (
      `if(${allNull.join('&&')})${row}=-1;else{const ${q}=${parts.join('+')},${w}=R[${index}],v=${w}.known.get(${q});\n` +
      `if(v===undefined){${row}=${w}.wanted.length;${w}.wanted.push(${q});${w}.known.set(${q},${row});}else ${row}=v;}\n`
    );
  }

  /** The hole in place of one part of an entity: a number that tells element and part, or the part's text without one. */
  #hole({ view, part }: { view: EntityView; part: number }, row: string): string {
    const empty = emptyPart(view.parts[part]!);
    const none = empty === undefined ? "misfit('gone')" : JSON.stringify(empty);
    return `${row}<0?${none}:${row}*${this.#holes}+${holeOf(view, part)}`;
  }

  /** Code over one sent field's value. */
  #sentValue(place: Place, { key, name }: Picked, kept: boolean): string {
    // A name is compared even where the client did not ask for it: representations are made with the one that is expected.
    if (name === '__typename') return expect(JSON.stringify(named(place.type.name)));
    const field = kept ? place.fields.find((one) => one.key === key) : undefined;
    return field ? this.#value(field.type, field.place) : 'i=any(b,i,0);\n';
  }

  /** Code over the fields of an object, up to its closing brace (`before`), and what is left to do behind it (`after`). */
  #fields(place: Place, sent: readonly Picked[], items: readonly Item[], captured: ReadonlyMap<string, [string, string]>, rows: ReadonlyMap<EntityView, string>): { before: string; after: string } {
    const order = items.flatMap((item) => ('sent' in item ? [item.sent] : []));
    const inOrder = order.every((at, k) => k === 0 || at > order[k - 1]!);
    return inOrder ? this.#stream(place, sent, items, captured, rows) : this.#capture(place, sent, items, captured, rows);
  }

  #keyed(place: Place, field: Picked, kept: boolean, captured: ReadonlyMap<string, [string, string]>): string {
    const [from, to] = captured.get(field.key) ?? [];
    const value = this.#sentValue(place, field, kept);
    return from ? `${from}=i;\n${value}${to}=i;\n` : value;
  }

  /** The client's order is the text's: long stretches are taken as they are. */
  #stream(place: Place, sent: readonly Picked[], items: readonly Item[], captured: ReadonlyMap<string, [string, string]>, rows: ReadonlyMap<EntityView, string>): { before: string; after: string } {
    let code = '';
    let after = '';
    let written = 0;
    let next = 0;
    const insert = (item: Item): void => {
      const comma = written++ > 0 ? ',' : '';
      code += 't+=s.slice(m,i);m=i;\n';
      if ('text' in item) code += `t+=${JSON.stringify(comma + item.text)};\n`;
      else if ('view' in item) {
        const hole = this.#name('h');
        code += `o.push(t${comma ? "+','" : ''});t='';const ${hole}=o.push(0)-1;\n`;
        after += `o[${hole}]=${this.#hole(item, rows.get(item.view)!)};\n`;
      }
    };
    sent.forEach((field, at) => {
      const kept = items.findIndex((item) => 'sent' in item && item.sent === at);
      const comma = at > 0 ? ',' : '';
      if (kept < 0) {
        code += `p=i;\n${expect(comma + keyText(field.key))}${this.#keyed(place, field, false, captured)}if(p>m)t+=s.slice(m,p);m=i;\n`;
        return;
      }
      while (next < kept) insert(items[next++]!);
      next++;
      if (comma && written === 0) code += 'm=i+1;\n';
      if (!comma && written > 0) code += "t+=',';\n";
      written++;
      code += expect(comma + keyText(field.key)) + this.#keyed(place, field, true, captured);
    });
    while (next < items.length) insert(items[next++]!);
    return { before: code, after };
  }

  /** The client wants another order: each field is taken by itself, and they are put together behind the object. */
  #capture(place: Place, sent: readonly Picked[], items: readonly Item[], captured: ReadonlyMap<string, [string, string]>, rows: ReadonlyMap<EntityView, string>): { before: string; after: string } {
    const outer = this.#name('o');
    const text = this.#name('t');
    const { code, chunks } = this.#captureFields(place, sent, items, captured);
    const put = items.map((item, k) => {
      const comma = k > 0 ? "t+=',';" : '';
      if ('text' in item) return `${comma}t+=${JSON.stringify(item.text)};\n`;
      if ('view' in item) return `${comma}o.push(t);t='';o.push(${this.#hole(item, rows.get(item.view)!)});\n`;
      return `${comma}t=put(o,t,${chunks.get(item.sent)!});\n`;
    });
    return { before: `const ${outer}=o,${text}=t+s.slice(m,i);\n${code}`, after: `o=${outer};t=${text};\n${put.join('')}m=i-1;\n` };
  }

  /** Code that takes each wanted field into a variable of its own. */
  #captureFields(place: Place, sent: readonly Picked[], items: readonly Item[], captured: ReadonlyMap<string, [string, string]>): { code: string; chunks: ReadonlyMap<number, string> } {
    const chunks = new Map<number, string>();
    let code = '';
    sent.forEach((field, at) => {
      code += expect((at > 0 ? ',' : '') + keyText(field.key));
      const kept = items.some((item) => 'sent' in item && item.sent === at);
      if (!kept) {
        code += this.#keyed(place, field, false, captured);
        return;
      }
      const chunk = this.#name('c');
      chunks.set(at, chunk);
      code += `o=[];t='';m=i-${keyText(field.key).length};\n${this.#keyed(place, field, true, captured)}t+=s.slice(m,i);const ${chunk}=chunk(o,t);\n`;
    });
    return { code, chunks };
  }

  /** Code from behind the opening brace of a view's object to before the closing one: its parts go to its chunks from `at` on. */
  view({ sent, place, parts, index }: View, at: string): string {
    const items = parts.flat().map(({ key }): Item => ({ sent: sent.findIndex((one) => one.key === key) }));
    const order = items.map((item) => (item as { sent: number }).sent);
    const nothing = new Map();
    if (parts.length === 1 && order.every((one, k) => k === 0 || one > order[k - 1]!)) {
      const { before } = this.#stream(place, sent, items, nothing, nothing);
      return `o=[];t='';m=i;\n${before}t+=s.slice(m,i);R[${index}].chunks[${at}]=chunk(o,t);\n`;
    }
    const { code, chunks } = this.#captureFields(place, sent, items, nothing);
    const made = parts.map((part, k) => {
      const put = part.map(({ key }, j) => `${j > 0 ? "t+=',';" : ''}t=put(o,t,${chunks.get(sent.findIndex((one) => one.key === key))!});\n`);
      return `o=[];t='';\n${put.join('')}R[${index}].chunks[${at}+${k}]=chunk(o,t);\n`;
    });
    return `{${code}${made.join('')}}\n`;
  }

  /** Code over the elements of one list of entities, for one of its views. */
  elements(view: EntityView): string {
    const { index, parts } = view;
    const gone = parts.map((part, k) => {
      const empty = emptyPart(part);
      return empty === undefined ? "misfit('gone');" : `w.chunks[l*${parts.length}+${k}]=${JSON.stringify(empty)};`;
    });
    return (
      `{const w=R[${index}];let x=0;\nif(b[i]===93)i++;else for(;;){\nconst l=w.local===undefined?x:w.local[x];\n` +
      `if(l<0)i=any(b,i,0);\nelse if(b[i]===110){i=none(b,i);${gone.join('')}}\nelse if(b[i]===123){i++;\n${this.view(view, `l*${parts.length}`)}${expect('}')}}\nelse misfit('shape');\n` +
      `x++;if(b[i]===44){i++;continue;}\nif(b[i]===93){i++;break;}\nmisfit('shape');}\nif(x!==w.owed)misfit('shape');}\n`
    );
  }
}

/** Numbers the parts of all views of entities. */
export const holeOf = ({ index }: View, part: number): number => index * PARTS + part;
/** More parts than this of one view are for the object tier. */
export const PARTS = 32;

const put = (o: (string | number)[], t: string, chunk: Chunk): string => {
  if (typeof chunk === 'string') return t + chunk;
  o.push(t, ...chunk);
  return '';
};
const chunk = (o: (string | number)[], t: string): Chunk => {
  if (o.length === 0) return t;
  o.push(t);
  return o;
};

function build(body: string): Scan {
  const code = `'use strict';\nreturn function(b,s,n,R){let i=0,m=0,p=0,t='',o=[];\n${body}tail(b,i,n);}`;
  const helpers = { any, boolean, float, int, misfit, none, string, tail, put, chunk };
  const make = new Function(...Object.keys(helpers), code) as (...args: unknown[]) => Scan;
  return make(...Object.values(helpers));
}

const HEAD = `if(b[2]===101)misfit('errors');\n${expect('{"data":{')}`;

/** The reader of a root fetch. */
export function generateRoot({ roots, views }: Layout, node: FetchNode): Scan {
  const generator = new Generator(views.length * PARTS);
  const body = generator.view(roots.get(node)!, '0');
  return build(`${HEAD}${body}${expect('}')}`);
}

/** The reader of a fetch of entities. */
export function generateEntities({ groups, views }: Layout, node: EntitiesNode): Scan {
  const generator = new Generator(views.length * PARTS);
  const lists = groups.get(node)!.map((group, k) => {
    const again = group.map((view, v) => (v > 0 ? 'i=a;\n' : '') + generator.elements(view));
    return `${expect(`${k > 0 ? ',' : ''}${keyText(group[0]!.group.alias)}[`)}{const a=i;\n${again.join('')}}\n`;
  });
  return build(`${HEAD}${lists.join('')}${expect('}')}`);
}
