// `npm run build`: compiles to JavaScript in dist/. What did not change since the last time is left alone.
// Where the compiler is left out (`npm ci --omit=dev --omit=optional`), what was built before is used as it is.
// Any number of builds may run at once, and Ponte may start meanwhile: each build writes into a folder of its own, from which
// every file takes its place whole, by renaming; a build that fails or is killed leaves dist/ as it was.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const path = (file) => fileURLToPath(new URL(`../${file}`, import.meta.url));
const DIST = path('dist');
/** What the compiler remembers of the last build. It holds relative paths: its folder must be as deep as those of the builds. */
const MEMORY = join(DIST, '.build');
const MEMORY_FILE = 'tsconfig.build.tsbuildinfo';

function compiler() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
  } catch {
    return null;
  }
}

/** Folders of builds that were killed. */
function sweep() {
  for (const name of readdirSync(DIST)) {
    const [, pid] = /^\.build-(\d+)-/.exec(name) ?? [];
    if (pid === undefined) continue;
    try {
      process.kill(Number(pid), 0);
    } catch (error) {
      if (error.code === 'ESRCH') rmSync(join(DIST, name), { recursive: true, force: true });
    }
  }
}

/** Puts every file of a folder, and of the folders in it, into another one, in place of what is there. */
function moveInto(target, source) {
  mkdirSync(target, { recursive: true });
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) moveInto(to, from);
    else if (entry.name !== MEMORY_FILE) renameSync(from, to);
  }
}

/** Returns the exit code. */
function build(tsc) {
  mkdirSync(MEMORY, { recursive: true });
  sweep();
  const own = mkdtempSync(join(DIST, `.build-${process.pid}-`));
  try {
    const memory = join(own, MEMORY_FILE);
    // Without the product there is nothing to remember: then everything is compiled.
    if (existsSync(join(MEMORY, MEMORY_FILE)) && existsSync(join(DIST, 'cli/ponte.js'))) copyFileSync(join(MEMORY, MEMORY_FILE), memory);
    const { status, error } = spawnSync(process.execPath, [tsc, '-p', path('tsconfig.build.json'), '--outDir', own, '--tsBuildInfoFile', memory], { stdio: 'inherit' });
    if (error) throw error;
    if (status !== 0) return status ?? 1;
    // The files first: who is killed in between compiles them again.
    moveInto(DIST, own);
    renameSync(memory, join(MEMORY, MEMORY_FILE));
    return 0;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

const tsc = compiler();
if (tsc !== null) {
  process.exitCode = build(tsc);
} else if (!existsSync(path('dist/cli/ponte.js'))) {
  console.error('TypeScript is missing, which Ponte is compiled with before it starts: `npm ci` installs it (--omit=dev with --omit=optional leaves it out).\nTo run without compiling: npm run ponte start');
  process.exitCode = 1;
}
