// `npm run build` on a small package of its own: complete whoever builds beside it, every file whole at any moment, nothing
// compiled twice, and what cannot be compiled changes nothing.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../../lib/root.ts';

const here = (path: string) => fileURLToPath(new URL(path, ROOT));
const NAMES = Array.from({ length: 40 }, (_, i) => `lib/part-${i}`);

let folder: string;
const write = (name: string, text: string) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
};
const compiled = (name: string) => join(folder, 'dist', `${name}.js`);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ponte-build-'));
  for (const name of ['tools/build.mjs', 'tsconfig.json', 'tsconfig.build.json']) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    copyFileSync(here(name), join(folder, name));
  }
  symlinkSync(here('node_modules'), join(folder, 'node_modules'));
  write('package.json', '{"type":"module"}');
  for (const [i, name] of NAMES.entries()) write(`${name}.ts`, `export const value: number = ${i};\n`);
  write('cli/ponte.ts', `${NAMES.map((name, i) => `import { value as v${i} } from '../${name}.ts';`).join('\n')}\nconsole.log(${NAMES.map((_name, i) => `v${i}`).join(' + ')});\n`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SCRIPT = 'tools/build.mjs';
const build = () => spawnSync(process.execPath, [SCRIPT], { cwd: folder, encoding: 'utf8' });
const answer = () => spawnSync(process.execPath, ['dist/cli/ponte.js'], { cwd: folder, encoding: 'utf8' }).stdout.trim();
/** Folders of builds under way, or left behind. */
const leftOver = () => readdirSync(join(folder, 'dist')).filter((name) => name.startsWith('.build-'));

test('several first builds at once all succeed, and each leaves a whole product', async () => {
  const answers = await Promise.all(
    [1, 2, 3, 4].map(async () => {
      const child = spawn(process.execPath, [SCRIPT], { cwd: folder, stdio: 'inherit' });
      const [code] = (await once(child, 'exit')) as [number];
      // The others may still be at it.
      return [code, answer()];
    }),
  );
  expect(answers).toEqual(Array.from({ length: 4 }, () => [0, '780']));
  expect(leftOver()).toEqual([]);
});

test('a file that is being read stays whole while it is built anew; unchanged ones are not touched', () => {
  expect(build().status).toBe(0);
  const before = readFileSync(compiled('lib/part-7'), 'utf8');
  const open = openSync(compiled('lib/part-7'), 'r');
  const untouched = statSync(compiled('lib/part-8'));
  write('lib/part-7.ts', 'export const value: number = 1007;\n');
  expect(build().status).toBe(0);
  expect(readFileSync(open, 'utf8')).toBe(before);
  closeSync(open);
  expect(answer()).toBe('1780');
  expect(statSync(compiled('lib/part-8'))).toMatchObject({ ino: untouched.ino, mtimeMs: untouched.mtimeMs });
});

test('what cannot be compiled is told, and what was built before stays', () => {
  expect(build().status).toBe(0);
  write('lib/part-7.ts', 'export const value: number = ;\n');
  write('lib/part-8.ts', 'export const value: number = 1008;\n');
  const failed = build();
  expect(failed.status).not.toBe(0);
  expect(failed.stdout).toContain('part-7.ts');
  expect(answer()).toBe('780');
  expect(leftOver()).toEqual([]);
  write('lib/part-7.ts', 'export const value: number = 7;\n');
  expect(build().status).toBe(0);
  expect(answer()).toBe('1780');
});

test('the folder of a build that was killed goes with the next one; one under way is left alone', async () => {
  const dead = spawn(process.execPath, ['-e', '0']);
  await once(dead, 'exit');
  for (const pid of [dead.pid, process.pid]) write(`dist/.build-${pid}-x/lib/half.js`, 'export');
  expect(build().status).toBe(0);
  expect(leftOver()).toEqual([`.build-${process.pid}-x`]);
});

test('without what was built, everything is built', () => {
  expect(build().status).toBe(0);
  rmSync(join(folder, 'dist/cli'), { recursive: true });
  rmSync(compiled('lib/part-0'));
  expect(build().status).toBe(0);
  expect(existsSync(compiled('lib/part-0'))).toBe(true);
  expect(answer()).toBe('780');
});
