// The life of a process: what was opened is closed in reverse order, once, on SIGINT, SIGTERM or a failure, within a limit; also
// when the shell of `npm start` is gone, which does not hand a SIGTERM on.
import { startedByPackageManager } from '../lib/config/index.ts';
import type { Logger } from '../lib/log.ts';

/** How long a clean stop may take; a second signal ends at once. */
const STOP_LIMIT_MS = 4_800;

/** Between two looks at who the parent is. */
const PARENT_MS = 500;

export interface LifecycleOptions {
  /** Stops when the parent of this process is another one than at its start. Default: where a script of ours was started by npm. */
  readonly withParent?: boolean;
  /** Process id of the parent. */
  readonly parent?: () => number;
}

export interface Lifecycle {
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
  /** Registers what must be closed; the last one registered closes first. */
  onStop(name: string, close: () => Promise<unknown> | unknown): void;
  /** Resolves when everything is closed. */
  stop(reason: string): Promise<void>;
  /** Resolves with the reason when the process was asked to stop and everything is closed. */
  readonly stopped: Promise<string>;
}

export function createLifecycle(log: Logger, { withParent = startedByPackageManager(), parent = () => process.ppid }: LifecycleOptions = {}): Lifecycle {
  const controller = new AbortController();
  const closers: { name: string; close: () => Promise<unknown> | unknown }[] = [];
  let stopping: Promise<void> | undefined;
  let resolveStopped: (reason: string) => void;
  const stopped = new Promise<string>((resolve) => (resolveStopped = resolve));

  const closeAll = async () => {
    for (const { name, close } of closers.toReversed()) {
      try {
        await close();
      } catch (error) {
        log.warn({ part: name, error }, 'A part did not close cleanly');
      }
    }
  };
  const stop = (reason: string): Promise<void> => {
    stopping ??= (async () => {
      controller.abort();
      clearInterval(watch);
      const limit = setTimeout(() => {
        log.warn({ afterMs: STOP_LIMIT_MS }, 'Stopping took too long: leaving now');
        process.exit(1);
      }, STOP_LIMIT_MS);
      await closeAll();
      clearTimeout(limit);
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal).off('unhandledRejection', onUnhandled);
      resolveStopped(reason);
    })();
    return stopping;
  };
  // graphql-js leaves promises behind where one element of a list fails while others are under way: no reason to end a server.
  const onUnhandled = (error: unknown) => log.error({ error }, 'A promise failed and nobody was waiting for it');
  const onSignal = (name: NodeJS.Signals) => {
    if (stopping) process.exit(130);
    void stop(name);
  };
  const first = parent();
  const watch = withParent
    ? setInterval(() => {
        if (parent() === first) return;
        log.info({}, 'What started this process is gone: stopping');
        void stop('parent');
      }, PARENT_MS).unref()
    : undefined;
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('unhandledRejection', onUnhandled);
  return { signal: controller.signal, onStop: (name, close) => void closers.push({ name, close }), stop, stopped };
}
