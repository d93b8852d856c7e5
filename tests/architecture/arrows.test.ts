// The house has one direction: who may import whom, and through which door. Read from the imports themselves.
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importsOf, sources } from '../support/imports.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** A part of the house: what it may import from other parts, and which guarded packages. `types` = type imports only. */
interface Part {
  readonly parts: readonly string[];
  readonly types?: readonly string[];
  readonly packages?: readonly string[];
}

const PARTS: Readonly<Record<string, Part>> = {
  lib: { parts: [], packages: ['undici', 'ws', 'graphql-ws', 'express', '@apollo'] },
  prisma: { parts: ['lib'], packages: ['pg', '@prisma'] },
  connectors: { parts: ['lib'], types: ['sync'], packages: ['undici'] },
  sync: { parts: ['lib', 'prisma'], packages: ['pg', 'pg-boss', 'pg-copy-streams', '@prisma'] },
  identity: { parts: ['lib', 'prisma'], types: ['sync'], packages: ['pg'] },
  'subgraphs/sync': { parts: ['lib', 'prisma', 'sync'], packages: ['pg', '@prisma'] },
  'subgraphs/gestao-click': { parts: ['lib', 'prisma'], packages: ['pg', '@prisma'] },
  'subgraphs/kommo': { parts: ['lib', 'prisma'], packages: ['pg', '@prisma'] },
  'subgraphs/insights': { parts: ['lib', 'prisma'], packages: ['pg', '@prisma'] },
  gateway: { parts: ['lib'], packages: ['undici', 'ws', 'graphql-ws', 'express', '@apollo'] },
  simulators: { parts: ['lib'], packages: ['express', 'undici'] },
  examples: { parts: [], packages: ['ws', 'graphql-ws', '@apollo', '@urql'] },
};
/** Composition roots and what stands outside the product: may import everything, and nothing imports them. */
const ROOTS = ['cli', 'tools', 'tests', 'bench'];
/** Packages that only the parts that name them may use. */
const GUARDED = ['pg', 'pg-boss', 'pg-copy-streams', '@prisma', 'undici', 'ws', 'graphql-ws', 'express', '@apollo', '@urql'];
/** A file beside the door that other folders may use, because it is a port made of types. */
const SECOND_DOORS = new Set(['sync/types.ts']);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const partOf = (path: string): string => {
  const [first, second] = path.split('/');
  return first === 'subgraphs' ? `subgraphs/${second}` : first!;
};

const imports: Import[] = [...Object.keys(PARTS), ...ROOTS]
  .map((part) => join(ROOT, part))
  .filter((folder) => statSync(folder, { throwIfNoEntry: false }))
  .flatMap((folder) => [...sources(folder)])
  .flatMap((file) =>
    importsOf(readFileSync(file, 'utf8')).map(({ specifier, typeOnly }) => ({
      from: relative(ROOT, file),
      to: specifier.startsWith('.') ? relative(ROOT, resolve(dirname(file), specifier)) : specifier,
      typeOnly,
    })),
  );
const local = imports.filter(({ to }) => [...Object.keys(PARTS), ...ROOTS].includes(partOf(to)));
const show = (found: readonly Import[]) => found.map(({ from, to }) => `${from} -> ${to}`);

describe('the arrows of the house', () => {
  test('the imports are seen', () => {
    expect(importsOf(`import a from './a.ts';\nimport type { B } from "b";\nexport * from './c.ts';\nimport './d.ts';\nconst e = await import('./e.ts');\n// import './f.ts'`)).toEqual([
      { specifier: './a.ts', typeOnly: false },
      { specifier: 'b', typeOnly: true },
      { specifier: './c.ts', typeOnly: false },
      { specifier: './d.ts', typeOnly: false },
      { specifier: './e.ts', typeOnly: false },
    ]);
    expect(local.length).toBeGreaterThan(50);
  });

  test('nobody imports against the arrows', () => {
    const wrong = local.filter(({ from, to, typeOnly }) => {
      const [source, target] = [partOf(from), partOf(to)];
      const part = PARTS[source];
      if (source === target || part === undefined) return false;
      return !part.parts.includes(target) && !(typeOnly && part.types?.includes(target));
    });
    expect(show(wrong)).toEqual([]);
  });

  test('one connector knows nothing of the other', () => {
    const provider = (path: string) => path.split('/')[1];
    expect(show(local.filter(({ from, to }) => partOf(from) === 'connectors' && partOf(to) === 'connectors' && provider(from) !== provider(to)))).toEqual([]);
  });

  test('nobody climbs in through a window: other folders import the door', () => {
    const wrong = local.filter(({ from, to }) => {
      const [source, target] = [partOf(from), partOf(to)];
      // Tests, measurements and development scripts may look inside.
      if (source === target || ['tests', 'bench', 'tools'].includes(source) || target === 'lib' || SECOND_DOORS.has(to)) return false;
      return !/^[\w-]+(\/[\w-]+)?\/index\.ts$/.test(to);
    });
    expect(show(wrong)).toEqual([]);
  });

  test('guarded packages stay where they belong', () => {
    const wrong = imports.filter(({ from, to, typeOnly }) => {
      const part = PARTS[partOf(from)];
      const guarded = GUARDED.find((name) => to === name || to.startsWith(`${name}/`));
      return part !== undefined && guarded !== undefined && !typeOnly && !part.packages?.includes(guarded) && !(guarded === '@apollo' && to === '@apollo/subgraph');
    });
    expect(show(wrong)).toEqual([]);
  });

  test('no file is called after nothing', () => {
    const names = [...Object.keys(PARTS), ...ROOTS].flatMap((part) => (statSync(join(ROOT, part), { throwIfNoEntry: false }) ? [...sources(join(ROOT, part))] : []));
    expect(names.map((path) => relative(ROOT, path)).filter((path) => /(^|[/-])(utils?|helpers?|common|misc|shared)([/.-]|$)/.test(path))).toEqual([]);
  });
});

describe('what runs as TypeScript and as JavaScript compiled into dist/', () => {
  const compiled = JSON.parse(readFileSync(join(ROOT, 'tsconfig.build.json'), 'utf8')) as { include: string[] };
  const included = (path: string) => compiled.include.some((pattern) => (pattern.endsWith('/**/*.ts') ? path.startsWith(pattern.slice(0, -'**/*.ts'.length)) : path === pattern));

  test('all that is imported is compiled too', () => {
    const wrong = local.filter(({ from, to, typeOnly }) => included(from) && !included(to) && !typeOnly);
    expect(included('cli/ponte.ts')).toBe(true);
    expect(show(wrong)).toEqual([]);
  });

  test('no file is looked for beside the code: it would not be beside the compiled code', () => {
    const product = [...Object.keys(PARTS), 'cli'].flatMap((part) => [...sources(join(ROOT, part))].filter((file) => included(relative(ROOT, file))));
    const others = product.filter((file) => relative(ROOT, file) !== 'lib/root.ts');
    const beside = /import\.meta\.(dirname|filename)|new URL\([^;]*?import\.meta\.url|createRequire\(import\.meta\.url\)\(/;
    expect(beside.test(readFileSync(join(ROOT, 'lib/root.ts'), 'utf8'))).toBe(true);
    expect(others.filter((file) => beside.test(readFileSync(file, 'utf8'))).map((file) => relative(ROOT, file))).toEqual([]);
  });
});
