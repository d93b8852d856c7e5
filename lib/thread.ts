// Threads of our own modules, the same from TypeScript and from compiled JavaScript.
import { Worker, type WorkerOptions } from 'node:worker_threads';
import { COMPILED, ROOT } from './root.ts';

/** A thread loads TypeScript only after it has said so itself. */
const LOADER = new URL('lib/thread-loader.mjs', ROOT);

/** Starts a module in a thread. `entry` is relative to the module `from` (its `import.meta.url`), without an ending: `./apollo-thread`. */
export function openThread(entry: string, from: string, options: Omit<WorkerOptions, 'argv' | 'eval'> = {}): Worker {
  const module = new URL(`${entry}${COMPILED ? '.js' : '.ts'}`, from);
  return COMPILED ? new Worker(module, options) : new Worker(LOADER, { ...options, argv: [module.href] });
}
