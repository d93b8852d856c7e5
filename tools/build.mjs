// `npm run build`: compiles to JavaScript in dist/. What did not change since the last time is left alone.
// Where the compiler is left out (`npm ci --omit=dev --omit=optional`), what was built before is used as it is.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const path = (file) => fileURLToPath(new URL(`../${file}`, import.meta.url));

function compiler() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  } catch {
    return null;
  }
}

const tsc = compiler();
if (tsc !== null) {
  const { status, error } = spawnSync(process.execPath, [tsc, '-p', path('tsconfig.build.json')], { stdio: 'inherit' });
  if (error) throw error;
  process.exitCode = status ?? 1;
} else if (!existsSync(path('dist/cli/ponte.js'))) {
  console.error('TypeScript is missing, which Ponte is compiled with before it starts: `npm ci` installs it (--omit=dev with --omit=optional leaves it out).\nTo run without compiling: npm run ponte start');
  process.exitCode = 1;
}
