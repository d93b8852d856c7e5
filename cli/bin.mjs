#!/usr/bin/env node
// `npx ponte ...`: the compiled command line where it has been built, else TypeScript.
import { existsSync } from 'node:fs';

const compiled = new URL('../dist/cli/ponte.js', import.meta.url);
if (existsSync(compiled)) {
  await import(compiled.href);
} else {
  const { register } = await import('tsx/esm/api');
  register();
  await import('./ponte.ts');
}
