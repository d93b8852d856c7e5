// Leaf values as JSON text. The generated writer checks the common case in line and comes here with the rest: built-in
// scalars then follow graphql-js (`Int` refuses fractions and 2^31), enums know only what the client's schema knows, and
// custom scalars are written as they came.
import {
  GraphQLBoolean,
  GraphQLError,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLString,
  isEnumType,
  type GraphQLEnumType,
  type GraphQLLeafType,
  type GraphQLScalarType,
} from 'graphql';

/** Control characters, quote, backslash, and halves of surrogate pairs (only JSON.stringify knows which ones stand alone). */
// oxlint-disable-next-line no-control-regex -- these are what it looks for
const UNSAFE = /[\u0000-\u001f"\\\ud800-\udfff]/;
/** Up to here a loop is faster than the regular expression. */
const SHORT = 24;

/** JSON text of a string. */
export function stringText(value: string): string {
  const { length } = value;
  if (length > SHORT) return UNSAFE.test(value) ? JSON.stringify(value) : `"${value}"`;
  for (let i = 0; i < length; i++) {
    const code = value.charCodeAt(i);
    if (code < 0x20 || code === 0x22 || code === 0x5c || (code >= 0xd800 && code <= 0xdfff)) return JSON.stringify(value);
  }
  return `"${value}"`;
}

/** How a leaf type is written: `test` and `text` are JavaScript over `v` for the generated code, `slow` serves what `test` refuses. */
export interface LeafWriter {
  readonly test: string;
  readonly text: string;
  /** Throws a GraphQLError whose message may leave, for a value that the type cannot hold. */
  readonly slow: (value: unknown) => string;
}

const scalar = (type: GraphQLScalarType, test: string, text: string): LeafWriter => ({
  test,
  text,
  slow: (value) => JSON.stringify(type.serialize(value)),
});

const BUILT_IN = new Map<string, LeafWriter>([
  ['String', scalar(GraphQLString, "typeof v === 'string'", 'stringText(v)')],
  ['ID', scalar(GraphQLID, "typeof v === 'string'", 'stringText(v)')],
  ['Int', scalar(GraphQLInt, "typeof v === 'number' && (v | 0) === v", 'v')],
  ['Float', scalar(GraphQLFloat, "typeof v === 'number' && v - v === 0", 'v')],
  ['Boolean', scalar(GraphQLBoolean, "typeof v === 'boolean'", 'v')],
]);

const CUSTOM: LeafWriter = {
  test: "typeof v === 'string'",
  text: 'stringText(v)',
  slow(value) {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) throw new GraphQLError('The value cannot be written as JSON');
    return text;
  },
};

const enums = new WeakMap<GraphQLEnumType, LeafWriter>();

/** Names of an enum as a map from value to text: `K` is that map in the generated code. */
export const enumTexts = (type: GraphQLEnumType): ReadonlyMap<unknown, string> => new Map(type.getValues().map(({ name }) => [name, `"${name}"`]));

function enumWriter(type: GraphQLEnumType): LeafWriter {
  let writer = enums.get(type);
  if (!writer) {
    // The value is not told: one that the schema hides must stay hidden.
    const slow = (): string => {
      throw new GraphQLError(`Enum "${type.name}" cannot represent this value`);
    };
    writer = { test: '(t = K.get(v)) !== undefined', text: 't', slow };
    enums.set(type, writer);
  }
  return writer;
}

export const leafWriter = (type: GraphQLLeafType): LeafWriter => (isEnumType(type) ? enumWriter(type) : (BUILT_IN.get(type.name) ?? CUSTOM));
