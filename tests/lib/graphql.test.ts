// The parts that every subgraph is built from: scalars, errors, look-ahead, loaders, search words, cursors.
import { buildSchema, execute, GraphQLError, graphqlSync, parse, validate, type GraphQLResolveInfo } from 'graphql';
import { describe, expect, test } from 'vitest';
import { badInput, PonteError } from '../../lib/errors.ts';
import { decodeCursor, encodeCursor, type Order } from '../../lib/graphql/cursor.ts';
import {
  connectionType,
  createBuilder,
  createLoader,
  createRequestContext,
  lookahead,
  moneyText,
  orderInput,
  readWallets,
  SCALARS,
  searchWords,
  toGraphQLError,
  toSubgraph,
  writeWallets,
  type Connection,
  type Lookahead,
} from '../../lib/graphql/index.ts';
import { silentLogger, type Logger } from '../../lib/log.ts';

function recordingLogger(): { log: Logger; lines: object[] } {
  const lines: object[] = [];
  return { lines, log: { ...silentLogger, error: (attributes, sentence) => lines.push({ ...attributes, sentence }) } };
}
const nobody = { rows: async () => [] };

describe('Decimal', () => {
  test.each([
    ['238.0000', '238.00'],
    ['1.5', '1.50'],
    ['10', '10.00'],
    ['-0.1230', '-0.123'],
    ['0.000001', '0.000001'],
    ['99999999999999.9999', '99999999999999.9999'],
    ['100', '100.00'],
    ['1000.10', '1000.10'],
  ])('%s leaves as %s', (from, to) => {
    expect(moneyText(from)).toBe(to);
    expect(SCALARS.Decimal.serialize(from)).toBe(to);
  });

  test('takes exact integers and decimal objects, never a float', () => {
    expect(SCALARS.Decimal.serialize(12)).toBe('12.00');
    expect(SCALARS.Decimal.serialize({ toFixed: () => '0.3' })).toBe('0.30');
    expect(() => SCALARS.Decimal.serialize(0.1)).toThrow(/cannot show/);
  });

  test.each<[unknown, string]>([
    ['1234.50', '1234.50'],
    ['-5', '-5'],
    ['+5', '5'],
    [7, '7'],
  ])('reads %j', (from, to) => expect(SCALARS.Decimal.parseValue(from)).toBe(to));
  test.each([1.5, 'abc', '', '1,5', '1e3', 'NaN', '.', '1.', ' 1', null, {}, '1'.repeat(30)])('refuses %j', (value) =>
    expect(() => SCALARS.Decimal.parseValue(value)).toThrow(/Decimal must be a decimal number in a string/),
  );
});

describe('Date and DateTime', () => {
  test.each(['2026-02-28', '2024-02-29', '0001-01-01', '9999-12-31'])('%s is a day', (day) =>
    expect(SCALARS.Date.parseValue(day)).toBe(day),
  );
  test.each(['2026-02-29', '2026-13-01', '2026-1-1', '0000-01-01', '2026-01-01T00:00:00Z', 'today', 20260101])(
    '%j is no day',
    (day) => expect(() => SCALARS.Date.parseValue(day)).toThrow(/YYYY-MM-DD/),
  );
  test.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05.678-03:00', '2026-01-02T06:04:05.678Z'],
    ['2026-01-02T03:04Z', '2026-01-02T03:04:00.000Z'],
  ])('%s is the instant %s', (from, to) => expect(SCALARS.DateTime.parseValue(from)).toBe(to));
  test.each(['2026-01-02', '2026-01-02T03:04:05', '2026-02-30T00:00:00Z', '2026-01-02T25:00:00Z', 'now', 0])(
    '%j is no instant',
    (value) => expect(() => SCALARS.DateTime.parseValue(value)).toThrow(/ISO 8601/),
  );
  test('leave as they came from the database, or as Prisma read them', () => {
    expect(SCALARS.DateTime.serialize('2026-01-02T03:04:05.678Z')).toBe('2026-01-02T03:04:05.678Z');
    expect(SCALARS.DateTime.serialize(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
    expect(SCALARS.Date.serialize('2026-01-02')).toBe('2026-01-02');
    expect(SCALARS.Date.serialize(new Date(0))).toBe('1970-01-01');
  });
});

describe('errors', () => {
  test('a PonteError keeps message, code and what helps; wrapped or not', () => {
    const error = new PonteError('PROVIDER_RATE_LIMITED', 'slow down', {
      hint: 'wait',
      retryable: true,
      retryAfterMs: 500,
      field: 'x',
    });
    for (const thrown of [error, new GraphQLError('outer', { originalError: error, path: ['a'] })]) {
      const shown = toGraphQLError(thrown, silentLogger);
      expect(shown.message).toBe('slow down');
      expect(shown.extensions).toEqual({
        code: 'PROVIDER_RATE_LIMITED',
        hint: 'wait',
        retryable: true,
        retryAfterMs: 500,
        field: 'x',
      });
      expect(toGraphQLError(shown, silentLogger)).toBe(shown);
    }
  });

  test('anything else is hidden and logged', () => {
    const { log, lines } = recordingLogger();
    for (const thrown of [
      new Error('relation "x" does not exist'),
      'text',
      null,
      new GraphQLError('outer', { originalError: new TypeError('secret'), path: ['a', 0] }),
    ]) {
      const shown = toGraphQLError(thrown, log);
      expect(shown.message).toBe('Something went wrong on our side');
      expect(shown.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' });
      expect(JSON.stringify(shown)).not.toMatch(/secret|relation/);
    }
    expect(lines).toHaveLength(4);
    expect(lines[3]).toMatchObject({ path: 'a.0', error: expect.any(TypeError) as TypeError });
  });

  test('an aborted request is no news for the log', () => {
    const { log, lines } = recordingLogger();
    expect(toGraphQLError(Object.assign(new Error('x'), { name: 'AbortError' }), log).extensions['code']).toBe(
      'INTERNAL_SERVER_ERROR',
    );
    expect(lines).toEqual([]);
  });

  test('what is wrong with the request has a code of its own', async () => {
    const schema = buildSchema('enum E { A } type Query { a(e: E, n: Int!): String }');
    const code = (error: unknown) => toGraphQLError(error, silentLogger).extensions['code'];
    expect(code(validate(schema, parse('{ b }'))[0])).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(code(graphqlSync({ schema, source: '{' }).errors?.[0])).toBe('GRAPHQL_PARSE_FAILED');
    const run = await execute({
      schema,
      document: parse('query($e: E) { a(e: $e, n: 1) }'),
      variableValues: { e: 'B' },
    });
    expect(code(run.errors?.[0])).toBe('BAD_USER_INPUT');
    expect(toGraphQLError(run.errors?.[0], silentLogger).message).toMatch(/\$e/);
  });
});

describe('a subgraph', () => {
  test('lets no inner error out, from plain, promised and listed values', async () => {
    const { log, lines } = recordingLogger();
    const builder = createBuilder();
    const Thing = builder.objectRef<{ id: string }>('Thing').implement({ fields: (t) => ({ id: t.exposeID('id') }) });
    builder.asEntity(Thing, {
      key: builder.selection<{ id: string }>('id'),
      resolveReference: async ({ id }) => {
        if (id === 'bad') throw new Error('secret reference');
        return { id };
      },
    });
    builder.queryFields((t) => ({
      thrown: t.string({
        nullable: true,
        resolve: () => {
          throw new Error('secret throw');
        },
      }),
      rejected: t.string({ nullable: true, resolve: () => Promise.reject(new Error('secret promise')) }),
      told: t.string({
        nullable: true,
        resolve: () => {
          throw badInput('too long', { field: 'x' });
        },
      }),
    }));
    const { schema, createContext } = toSubgraph({
      name: 'test',
      builder,
      log,
      createContext: (request) => createRequestContext(nobody, request),
    });
    const result = await execute({
      schema,
      document: parse(
        '{ thrown rejected told _entities(representations: [{ __typename: "Thing", id: "bad" }, { __typename: "Thing", id: "good" }]) { ... on Thing { id } } }',
      ),
      contextValue: createContext({ allowedWallets: 'all' }),
    });
    expect(result.data).toEqual({ thrown: null, rejected: null, told: null, _entities: [null, { id: 'good' }] });
    expect(JSON.stringify(result)).not.toContain('secret');
    expect(result.errors?.map((error) => [error.path?.join('.'), error.extensions['code']]).sort()).toEqual([
      ['_entities.0', 'INTERNAL_SERVER_ERROR'],
      ['rejected', 'INTERNAL_SERVER_ERROR'],
      ['thrown', 'INTERNAL_SERVER_ERROR'],
      ['told', 'BAD_USER_INPUT'],
    ]);
    expect(lines).toHaveLength(3);
  });

  test('has the SDL that composition needs, as often as it is built', () => {
    const builder = createBuilder();
    const Thing = builder.objectRef<{ id: string }>('Thing').implement({ fields: (t) => ({ id: t.exposeID('id') }) });
    builder.asEntity(Thing, { key: builder.selection<{ id: string }>('id'), resolveReference: ({ id }) => ({ id }) });
    const ThingConnection = connectionType(builder, Thing);
    const Order = orderInput(builder, 'ThingOrder', ['NAME'], 'DESC');
    builder.queryField('things', (t) =>
      t.field({
        type: ThingConnection,
        args: { orderBy: t.arg({ type: Order }) },
        resolve: () => ({}) as Connection<{ id: string }>,
      }),
    );
    const build = () =>
      toSubgraph({
        name: 'test',
        builder,
        log: silentLogger,
        createContext: (request) => createRequestContext(nobody, request),
      });
    const { sdl } = build();
    expect(sdl).toMatch(/type Thing\s+@key\(fields: "id"\)/);
    expect(sdl).toMatch(/type PageInfo\s+@shareable/);
    expect(sdl).toMatch(/direction: SortDirection! = DESC/);
    expect(sdl).toContain('"@key", "@shareable"');
    for (const scalar of ['DateTime', 'Date', 'Decimal', 'JSONObject']) expect(sdl).toContain(`scalar ${scalar}`);
    expect(build().sdl).toBe(sdl);
  });
});

describe('look-ahead', () => {
  const schema = buildSchema(
    `type Query { sale(id: ID): Sale } type Sale { id: ID number: String client: Client items: [Item] } type Client { id: ID name: String email: String } type Item { id: ID }`,
  );
  const seen = (source: string, variables: Record<string, unknown> = {}, typeName?: string): Lookahead => {
    let found: Lookahead | undefined;
    const rootValue = {
      sale: (_args: unknown, _context: unknown, info: GraphQLResolveInfo) => {
        found = lookahead(info, typeName);
        return null;
      },
    };
    const { errors } = graphqlSync({ schema, source, rootValue, variableValues: variables });
    if (found === undefined) throw new Error(`never resolved: ${errors?.join()}`);
    return found;
  };

  test('sees fields through aliases, fragments and directives', () => {
    const look = seen(
      `query($no: Boolean!) { sale { __typename n: number m: number ...F client { name } ... on Sale @skip(if: $no) { items { id } } ... @include(if: true) { c: client { email } } } } fragment F on Sale { id }`,
      { no: true },
    );
    expect([...look.fields].sort()).toEqual(['client', 'id', 'number']);
    expect(look.has('items')).toBe(false);
    expect(look.hasAny('items', 'id')).toBe(true);
    expect([...look.of('client').fields].sort()).toEqual(['email', 'name']);
    expect(look.of('items').fields).toEqual([]);
  });

  test('reads only the fragments on the type that is asked for', () => {
    const source = '{ sale { ... on Sale { number } } }';
    expect(seen(source, {}, 'Sale').fields).toEqual(['number']);
    expect(seen(source, {}, 'Client').fields).toEqual([]);
  });
});

describe('loaders', () => {
  test('keys of one moment travel together, each once; a missing one is null', async () => {
    const batches: (readonly string[])[] = [];
    const load = createLoader<string, string>(async (keys) => {
      batches.push(keys);
      return new Map(keys.filter((key) => key !== 'none').map((key) => [key, key.toUpperCase()]));
    });
    expect(await Promise.all([load('a'), load('b'), load('a'), load('none')])).toEqual(['A', 'B', 'A', null]);
    expect(await load('a')).toBe('A');
    expect(batches).toEqual([['a', 'b', 'none']]);
  });

  test('a request shares its loaders, and shares them with no other request', async () => {
    let reads = 0;
    const read = async (keys: readonly string[]) => {
      reads += 1;
      return new Map(keys.map((key) => [key, reads]));
    };
    const [one, two] = [
      createRequestContext(nobody, { allowedWallets: 'all' }),
      createRequestContext(nobody, { allowedWallets: 'all' }),
    ];
    const owner = {};
    expect(await one.loaders.shared(owner, 'x', read)('k')).toBe(1);
    expect(await one.loaders.shared(owner, 'x', read)('k')).toBe(1);
    expect(await one.loaders.shared(owner, 'y', read)('k')).toBe(2);
    expect(await two.loaders.shared(owner, 'x', read)('k')).toBe(3);
  });

  test('a request that was given up sends no further statement', async () => {
    const abort = new AbortController();
    let sent = 0;
    const rows = async () => {
      sent += 1;
      return [];
    };
    const { database } = createRequestContext({ rows }, { allowedWallets: 'all', signal: abort.signal });
    const { sql } = await import('../../lib/sql.ts');
    await database.rows(sql`SELECT 1`);
    abort.abort();
    await expect(database.rows(sql`SELECT 1`)).rejects.toThrow(/aborted/);
    expect(sent).toBe(1);
  });
});

test.each<[string, string[]]>([
  ['João  da Silva', ['joao', 'da', 'silva']],
  ['123.456.789-09', ['12345678909']],
  ['+55 (11) 98765-4321', ['11987654321']],
  ['12.ABC.345/01DE-35', ['12abc34501de35']],
  ['  ', []],
  ['100%', ['100%']],
])('the search %j looks for %j', (text, words) => expect(searchWords(text)).toEqual(words));

test('a cursor comes back as it went, whatever the value', () => {
  const id = '0f3d0f0e-6a43-5b0e-9a53-7c1f4d5b2a10';
  const places: [Order, string | null][] = [
    [{ column: 'name', type: 'text', direction: 'ASC' }, `Zé "d'água" ✓ \\`],
    [{ column: 'total', type: 'numeric', direction: 'DESC' }, '-12345678901234.5678'],
    [{ column: 'at', type: 'timestamptz', direction: 'DESC' }, '2026-01-02T03:04:05.678Z'],
    [{ column: 'n', type: 'int8', direction: 'ASC' }, '-42'],
    [{ column: 'closed', type: 'date', direction: 'ASC', nullable: true }, null],
  ];
  for (const [order, value] of places) {
    const cursor = encodeCursor(order, { value, id });
    expect(cursor).toMatch(/^[\w-]+$/);
    expect(decodeCursor(order, cursor, 'after')).toEqual({ value, id });
  }
  expect(() =>
    decodeCursor(
      { column: 'name', type: 'text', direction: 'ASC' },
      encodeCursor({ column: 'name', type: 'text', direction: 'ASC' }, { value: 'a\0', id }),
      'after',
    ),
  ).toThrow(/not a cursor/);
});

test('wallets travel in a header, and a missing header allows nothing', () => {
  expect(readWallets(writeWallets('all'))).toBe('all');
  expect(readWallets(writeWallets(['a', 'b']))).toEqual(['a', 'b']);
  expect(readWallets(writeWallets([]))).toEqual([]);
  expect(readWallets(undefined)).toEqual([]);
});
