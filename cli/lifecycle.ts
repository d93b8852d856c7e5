// The life of a process: what was opened is closed in reverse order, once, on SIGINT, SIGTERM or a failure, within a limit.
import type { Logger } from '../lib/log.ts';

/** How long a clean stop may take; a second signal ends at once. */
const STOP_LIMIT_MS = 4_800;

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

export function createLifecycle(log: Logger): Lifecycle {
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
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('unhandledRejection', onUnhandled);
  return { signal: controller.signal, onStop: (name, close) => void closers.push({ name, close }), stop, stopped };
}
