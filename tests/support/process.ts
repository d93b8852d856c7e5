// The real command as a process of its own: `ponte ARGS` in an empty working folder, with nothing in its environment but
// what the test gives. Tests wait for what it prints, for an answer, or for its end. What is left over is killed.
import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ROOT } from '../../lib/root.ts';
import { until } from './sync.ts';

const COMMAND = fileURLToPath(new URL('cli/ponte.ts', ROOT));
const COMPILED = fileURLToPath(new URL('dist/cli/ponte.js', ROOT));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
/** A process needs two to three seconds to boot, more on a busy machine. */
const PATIENCE_MS = 60_000;

export type Environment = Readonly<Record<string, string>>;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface PonteProcess {
  readonly pid: number;
  /** Everything printed so far, stdout and stderr as they came. */
  output(): string;
  stdout(): string;
  /** JSON log lines so far. */
  logs(): Record<string, unknown>[];
  /** Resolves with the match when it is printed; rejects where the process ends without it. */
  waitFor(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  /** Sends a signal, waits for the end, and tells how long it took. */
  stop(name?: NodeJS.Signals): Promise<Exit & { readonly ms: number }>;
  readonly exit: Promise<Exit>;
}

const living = new Set<PonteProcess>();
const folders: string[] = [];
const kill = (pid: number) => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone already
  }
};
process.once('exit', () => {
  for (const { pid } of living) kill(pid);
});

/** An empty folder, removed by `cleanUp` together with the PostgreSQL server that may live in it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ponte-e2e-'));
  folders.push(folder);
  return folder;
}

/** Process id of the embedded server of a data folder; null where none runs. */
export function embeddedServer(dataDir: string): number | null {
  try {
    const pid = Number(readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
    process.kill(pid, 0);
    return pid;
  } catch {
    return null;
  }
}

/** Kills what still runs and removes the folders; for `afterAll`. */
export async function cleanUp(): Promise<void> {
  const left = [...living];
  for (const { pid } of left) kill(pid);
  await Promise.all(left.map(({ exit }) => exit));
  for (const folder of folders.splice(0)) {
    const server = embeddedServer(folder);
    if (server !== null) process.kill(server, 'SIGINT');
    await until(() => embeddedServer(folder) === null);
    rmSync(folder, { recursive: true, force: true });
  }
}

let built = false;
/** Compiles, as `npm start` does: once for each process that runs tests, and hardly anything where another one just did. */
function build(): void {
  if (built) return;
  const { status, stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(new URL('tools/build.mjs', ROOT))], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm run build failed:\n${stdout}${stderr}`);
  built = true;
}

/** npm in the folder of the package, in a process group of its own, which the caller ends. */
export function spawnNpm(args: readonly string[], env: Environment = {}): ChildProcessByStdio<null, Readable, Readable> {
  return spawn('npm', [...args], { cwd: fileURLToPath(ROOT), detached: true, stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', HOME: temporaryFolder(), ...env } });
}

interface RunOptions {
  readonly env?: Environment;
  readonly cwd?: string;
  /** False: runs the TypeScript, as `npm run ponte`. Default: what `npm start` and the container run, which boots faster. */
  readonly compiled?: boolean;
}

/** Starts `ponte ...args`. Port 0 unless told otherwise: the address stands in what it prints. */
export function runPonte(args: readonly string[], { env = {}, cwd, compiled = true }: RunOptions = {}): PonteProcess {
  if (compiled) build();
  const folder = cwd ?? temporaryFolder();
  const child = spawn(process.execPath, [...(compiled ? [COMPILED] : ['--import', TSX, COMMAND]), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let all = '';
  let out = '';
  let ended: Exit | undefined;
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    all += text;
    out += text;
    tell();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all += text;
    tell();
  });
  const exit = new Promise<Exit>((resolve) =>
    child.once('close', (code, signal) => {
      ended = { code, signal };
      living.delete(running);
      resolve(ended);
      tell();
    }),
  );
  const running: PonteProcess = {
    pid: child.pid!,
    output: () => all,
    stdout: () => out,
    logs: () => all.split('\n').flatMap((line) => (line.startsWith('{"level"') && line.endsWith('}') ? [JSON.parse(line) as Record<string, unknown>] : [])),
    waitFor: (pattern, timeoutMs = PATIENCE_MS) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          listeners.delete(look);
          clearTimeout(limit);
          act();
        };
        const look = () => {
          const match = pattern.exec(all);
          if (match) settle(() => resolve(match));
          else if (ended) settle(() => reject(new Error(`It ended (${ended!.code ?? ended!.signal}) without saying ${pattern}:\n${all}`)));
        };
        const limit = setTimeout(() => settle(() => reject(new Error(`It did not say ${pattern} within ${timeoutMs} ms:\n${all}`))), timeoutMs);
        listeners.add(look);
        look();
      }),
    signal: (name) => void child.kill(name),
    async stop(name = 'SIGTERM') {
      const from = performance.now();
      child.kill(name);
      return { ...(await exit), ms: performance.now() - from };
    },
    exit,
  };
  living.add(running);
  return running;
}

/** Runs a command to its end. */
export async function runToEnd(args: readonly string[], options: RunOptions = {}): Promise<Exit & { readonly output: string; readonly stdout: string }> {
  const running = runPonte(args, options);
  const exit = await running.exit;
  return { ...exit, output: running.output(), stdout: running.stdout() };
}

/** The address that a `start` or `gateway` prints when it takes requests. */
export async function addressOf(running: PonteProcess): Promise<string> {
  const [, url] = await running.waitFor(/GraphQL and Sandbox\s+(https?:\/\/\S+)\/graphql/);
  return url!;
}
