// Requests that differ in what they select: each number below `subsetsOf(fields)` stands for another choice of fields, and the
// expected answer is cut out of the answer to all of them.

/** Leaf fields, and fields with others below. */
export type Fields = readonly (string | readonly [name: string, below: Fields])[];

const countLeaves = (fields: Fields): number => fields.reduce((sum, field) => sum + (typeof field === 'string' ? 1 : countLeaves(field[1])), 0);

/** How many different choices there are: every leaf is chosen or not, and what holds none is left out. */
export const subsetsOf = (fields: Fields): number => 2 ** countLeaves(fields);

/** Neighbors choose about half of the fields, and not the same; no two numbers below `size`, a power of two up to 2^30, choose alike. */
function scatter(number: number, size: number): number {
  let bits = number;
  for (let turn = 0; turn < 3; turn++) {
    bits = (Math.imul(bits, 0x9e3779b1) >>> 0) % size;
    bits ^= bits >>> 12;
  }
  return bits;
}

function choose(fields: Fields, chosen: () => boolean): Fields {
  return fields.flatMap((field): Fields => {
    if (typeof field === 'string') return chosen() ? [field] : [];
    const below = choose(field[1], chosen);
    return below.length > 0 ? [[field[0], below]] : [];
  });
}

/** One choice. */
export function subset(fields: Fields, number: number): Fields {
  let bits = scatter(number, subsetsOf(fields));
  return choose(fields, () => {
    const chosen = (bits & 1) === 1;
    bits >>>= 1;
    return chosen;
  });
}

export const printFields = (fields: Fields): string => fields.map((field) => (typeof field === 'string' ? field : `${field[0]} { ${printFields(field[1])} }`)).join(' ');

/** What is left of a value when only these fields were asked for, in the value's own order. */
export function cut(value: unknown, fields: Fields): unknown {
  if (Array.isArray(value)) return value.map((item) => cut(item, fields));
  if (value === null || typeof value !== 'object') return value;
  const below = new Map(fields.map((field) => (typeof field === 'string' ? [field, null] : field)));
  return Object.fromEntries(Object.entries(value).flatMap(([key, item]) => (below.has(key) ? [[key, below.get(key) === null ? item : cut(item, below.get(key)!)]] : [])));
}
