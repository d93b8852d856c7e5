// A logger that keeps what is logged, so that a test can read it.
import type { Logger } from '../../lib/log.ts';

export interface LogLine {
  level: string;
  text: string;
}

export function createLogBook(): Logger & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at = (level: string) => (attributes: object, sentence: string) => {
    const error = (attributes as { error?: unknown }).error;
    lines.push({ level, text: `${sentence} ${JSON.stringify(attributes)} ${error instanceof Error ? error.stack : ''}` });
  };
  const log = { lines, error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug'), child: () => log };
  return log;
}
