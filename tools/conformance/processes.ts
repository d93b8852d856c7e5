// Processes that a conformance run starts: commands that end by themselves, and the suite's own subgraphs, which are stopped.
import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a command wrote to stdout. Rejects with what it wrote to stderr where it fails, unless it may. */
export function runToEnd(command: string, args: readonly string[], { env = {}, mayFail = false }: { env?: Record<string, string>; mayFail?: boolean } = {}): Promise<string> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, err] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (err += chunk));
    child.once('error', failed);
    child.once('close', (code) => (code === 0 || (mayFail && out !== '') ? done(out) : failed(new Error(`${command} ended with ${code}:\n${err}`))));
  });
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => void server.listen({ host: '127.0.0.1', port: 0 }, done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** The suite's servers would listen on every address of the machine. */
const LOOPBACK_ONLY = `data:text/javascript,${encodeURIComponent(`
import net from 'node:net';
const { listen } = net.Server.prototype;
net.Server.prototype.listen = function (options, ...rest) {
  return listen.call(this, typeof options === 'object' ? { ...options, host: '127.0.0.1' } : options, ...rest);
};`)}`;

export interface Neighbor {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Starts one of the suite's subgraphs, and waits until it answers. */
export async function startNeighbor({ name, home, port }: { name: string; home: string; port: number }): Promise<Neighbor> {
  const child = spawn(process.execPath, ['--import', LOOPBACK_ONLY, 'index.js'], {
    cwd: home,
    env: { ...process.env, [`${name.toUpperCase()}_PORT`]: String(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaints += chunk));
  const ended = new Promise<void>((done) => void child.once('close', () => done()));
  const stop = async () => {
    child.kill();
    await ended;
  };
  const url = `http://127.0.0.1:${port}/`;
  for (let tries = 0; child.exitCode === null && tries < 300; tries++) {
    const answer = await fetch(`${url}?query=%7B__typename%7D`, { headers: { 'apollo-require-preflight': 'true' } }).catch(() => null);
    if (answer?.ok) return { url, stop };
    await sleep(100);
  }
  await stop();
  throw new Error(`The subgraph ${name} of the suite does not start:\n${complaints}`);
}
