// The supergraph as a file that may change under a running gateway: watched, read when it has settled, and handed over. What cannot be
// used is told and left; the next version of the file is tried again. Editors and deployments replace files by renaming, and mounted
// folders by exchanging links, so the folder is watched, not the file, and its time is looked at every few seconds as well.
import { watch, type FSWatcher } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { ConfigError, messageOf } from '../lib/errors.ts';
import type { Logger } from '../lib/log.ts';

export interface SupergraphFileOptions {
  readonly path: string;
  readonly log: Logger;
  /** Takes the text, or rejects: then the text before is the one that serves. */
  take(sdl: string): Promise<void>;
  /** How long the file must be left alone before it is read. Default 200 ms. */
  readonly settleMs?: number;
  /** Between two looks at its time. Default 5 s. */
  readonly pollMs?: number;
}

export interface SupergraphFile {
  /** Reads it now, changed or not in its time; resolves when what it holds is taken or refused. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

/** The file's text. A ConfigError that names it where it cannot be read. */
export async function readSupergraphFile(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError([`The supergraph ${path} cannot be read: ${messageOf(error)}`]);
  }
}

/** What changes when the file does. */
const printOf = (path: string): Promise<string> =>
  stat(path).then(
    ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
    () => '',
  );

/** `served`: the text that is served already. */
export async function watchSupergraphFile(served: string, { path: given, log, take, settleMs = 200, pollMs = 5_000 }: SupergraphFileOptions): Promise<SupergraphFile> {
  const path = resolve(given);
  const name = basename(path);
  let current = served;
  let refused: string | undefined;
  let print = await printOf(path);
  let settling: NodeJS.Timeout | undefined;
  let queue: Promise<void> = Promise.resolve();
  let closed = false;

  async function read(): Promise<void> {
    if (closed) return;
    print = await printOf(path);
    let text: string;
    try {
      text = await readSupergraphFile(path);
    } catch (error) {
      // In the middle of an exchange it may be gone for a moment; the next look finds it.
      log.warn({ reason: messageOf(error) }, 'The supergraph file cannot be read, and the one before is served on');
      return;
    }
    if (text === current || text === refused || closed) return;
    try {
      await take(text);
      current = text;
      refused = undefined;
    } catch {
      // Whoever takes it tells the log why it was refused. Nobody wants to read that again for the same text.
      refused = text;
    }
  }
  const reload = (): Promise<void> => (queue = queue.then(read));
  const touched = (): void => {
    clearTimeout(settling);
    settling = setTimeout(() => void reload(), settleMs);
  };

  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(dirname(path), { persistent: false }, (_event, changed) => {
      if (changed === null || changed === name) touched();
    });
    watcher.on('error', (error) => {
      log.warn({ reason: error.message }, 'The folder of the supergraph cannot be watched any more; its time is looked at instead');
      watcher?.close();
    });
  } catch (error) {
    log.warn({ reason: messageOf(error) }, 'The folder of the supergraph cannot be watched; its time is looked at instead');
  }
  const poll = setInterval(() => {
    void printOf(path).then((now) => {
      if (now !== print && now !== '') touched();
      print = now === '' ? print : now;
    });
  }, pollMs);
  poll.unref();

  return {
    reload() {
      clearTimeout(settling);
      // Asked for by hand: what was refused before is tried again.
      refused = undefined;
      return reload();
    },
    async close() {
      closed = true;
      clearInterval(poll);
      clearTimeout(settling);
      watcher?.close();
      await queue;
    },
  };
}
