// Reads the imports of source files, for the tests that look at how the house is built.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export interface ImportOf {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

/** The source files of a folder whose names end as `ending` says; installed, generated and migration folders are left out. */
export function* sources(folder: string, ending = /\.m?ts$/): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) {
      if (!['node_modules', 'generated', 'migrations'].includes(name)) yield* sources(path, ending);
    } else if (ending.test(name)) yield path;
  }
}

/** Static, dynamic and re-exporting imports of one file. */
export function importsOf(text: string): ImportOf[] {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const statements = code.matchAll(/(?:^|[;\n])\s*(import|export)\s+(type\s+)?(?:[\w*{][^'";]*?\sfrom\s+)?['"]([^'"]+)['"]/g);
  const calls = code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g);
  return [
    ...[...statements].map((m) => ({ specifier: m[3]!, typeOnly: m[2] !== undefined })),
    ...[...calls].map((m) => ({ specifier: m[1]!, typeOnly: false })),
  ];
}
