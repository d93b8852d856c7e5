// The other gateways: installed from `bench/package.json` and its lock, never from the product's, and started as their own
// documentation says. They are installed beside the data, not into `bench/node_modules`: there, Node would find their versions
// of graphql, pg and ws first wherever a file of `bench/` imports the product's.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { ROOT } from '../../lib/root.ts';
import { startProgram, startServer, type Core, type Running } from './machine/processes.ts';

const MANIFESTS = ['package.json', 'package-lock.json'].map((name) => new URL(`bench/${name}`, ROOT));
const FOLDER = new URL('.data/rivals/', ROOT).pathname;
const HIVE = join(FOLDER, 'node_modules/@graphql-hive/gateway/dist/bin.js');
const GRAFBASE = join(FOLDER, 'node_modules/@grafbase/cli-x86_64-unknown-linux-musl/grafbase');

/** Where the graph is. */
export interface Graph {
  readonly supergraphFile: string;
  readonly services: readonly { readonly name: string; readonly url: string; readonly sdl: string }[];
  /** For files of this run; removed at its end. */
  readonly folder: string;
  /** Sent with each request to a subgraph. */
  readonly subgraphHeaders?: Readonly<Record<string, string>>;
}

export interface Started {
  readonly url: string;
  /** Needed with each request. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly running: Running;
}

/** Installs the rivals where they are missing or other than the lock says. */
export function installRivals(): void {
  const same = (manifest: URL): boolean => {
    const copy = join(FOLDER, basename(manifest.pathname));
    return existsSync(copy) && readFileSync(copy, 'utf8') === readFileSync(manifest, 'utf8');
  };
  if (existsSync(join(FOLDER, 'node_modules/.package-lock.json')) && MANIFESTS.every(same)) return;
  console.error(`Installing the gateways to compare with, from bench/package-lock.json into ${FOLDER} (about 800 MB, once) ...`);
  mkdirSync(FOLDER, { recursive: true });
  for (const manifest of MANIFESTS) copyFileSync(manifest, join(FOLDER, basename(manifest.pathname)));
  const { status, stderr } = spawnSync('npm', ['ci', '--prefix', FOLDER, '--ignore-scripts', '--no-audit', '--no-fund'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`The rivals cannot be installed. Without them: --contenders local,http,monolith,static\n${stderr.slice(-2_000)}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export async function startApollo({ supergraphFile, subgraphHeaders = {} }: Graph, core: Core = 'gateway'): Promise<Started> {
  const running = await startServer<{ url: string }>('servers/apollo', { rivals: join(FOLDER, 'package.json'), file: supergraphFile, headers: subgraphHeaders }, { name: 'Apollo', core });
  return { url: running.facts.url, running };
}

export async function startHive({ supergraphFile, folder }: Graph, flags: readonly string[] = []): Promise<Started> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/graphql`;
  const args = [HIVE, 'supergraph', supergraphFile, '-h', '127.0.0.1', '-p', String(port), ...flags];
  const running = await startProgram(process.execPath, args, { name: 'Hive Gateway', core: 'gateway', url, cwd: folder });
  if (running.output().includes('Falling back')) throw new Error(`Hive Gateway does not run as asked for (${flags.join(' ')}):\n${running.output()}`);
  return { url, running };
}

export const grafbaseAvailable = (): boolean => existsSync(GRAFBASE);

/** Its command line composes by itself, from the subgraphs' SDL. */
export async function startGrafbase({ services, folder }: Graph): Promise<Started> {
  const home = join(folder, 'grafbase');
  await mkdir(home, { recursive: true });
  const sections = [];
  for (const { name, url, sdl } of services) {
    await writeFile(join(home, `${name}.graphql`), sdl);
    sections.push(`[subgraphs.${name}]\nurl = "${url}"\nschema_path = "${name}.graphql"\n`);
  }
  const config = join(home, 'grafbase.toml');
  await writeFile(config, sections.join('\n'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/graphql`;
  const args = ['--home', home, 'dev', '-c', config, '--listen-address', `127.0.0.1:${port}`];
  return { url, running: await startProgram(GRAFBASE, args, { name: 'Grafbase', core: 'gateway', url, cwd: home }) };
}
