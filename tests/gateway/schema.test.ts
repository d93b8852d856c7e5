// The checked-in schema is what the code says, the stored operations fit it, and what does not compose is told readably.
import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { REST_OPERATIONS } from '../../gateway/index.ts';
import { sandboxPage } from '../../gateway/doors/sandbox.ts';
import { FIRST_QUERY } from '../../gateway/doors/sandbox-script.ts';
import { compose, CompositionError } from '../../tools/compose.ts';
import { schemaFiles } from '../../tools/schema.ts';

const checkedIn = (name: string) => readFileSync(new URL(`../../schema/${name}`, import.meta.url), 'utf8');

describe('the schema', () => {
  test('every file is fresh (npm run schema)', () => {
    for (const [name, text] of schemaFiles()) expect(checkedIn(name) === text, `schema/${name}`).toBe(true);
  });

  test('clients see none of the federation', () => {
    expect(checkedIn('api.graphql')).not.toMatch(/_entities|_service|join__|@key/);
  });

  test.each(Object.entries(REST_OPERATIONS))('the stored operation %s is valid', (_name, text) => {
    expect(validate(buildSchema(checkedIn('api.graphql')), parse(text)).map(({ message }) => message)).toEqual([]);
  });

  test('what the page offers to try works', () => {
    const [, curl] = /"query":"(.*?)"\}'/.exec(sandboxPage({ routes: [] }))!;
    for (const text of [FIRST_QUERY, curl!]) expect(validate(buildSchema(checkedIn('api.graphql')), parse(text)).map(({ message }) => message)).toEqual([]);
  });

  test('subgraphs that do not fit together are told why', () => {
    const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])';
    const wrong = () =>
      compose([
        { name: 'one', sdl: `${link} type Query { a: A } type A { same: Int }` },
        { name: 'two', sdl: `${link} type Query { b: A } type A { same: String }` },
      ]);
    expect(wrong).toThrow(CompositionError);
    expect(wrong).toThrow(/do not compose:\n {2}- .*A\.same.*\(\w+\)/s);
  });
});
