// What a person sees: sentences on stdout, log lines on stderr (short for a terminal, JSON for a machine).
import { createLogger, type Logger, type LogLevel } from '../lib/log.ts';

/** One sentence for the person at the terminal. */
export const say = (sentence = ''): void => console.log(sentence);

const MARKS: Readonly<Record<string, string>> = { error: 'ERROR', warn: 'warn ', info: 'info ', debug: 'debug' };

/** `{"level":"warn","time":"...","run":7,"msg":"Page failed"}` to `14:03:20 warn  Page failed  run=7`. */
export function shortLine(line: string): string {
  const { level, time, msg, ...attributes } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(attributes).map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(errorText(value))}`);
  return `${new Date(String(time)).toTimeString().slice(0, 8)} ${MARKS[String(level)] ?? level} ${msg}${rest.length > 0 ? `  ${rest.join(' ')}` : ''}\n`;
}

/** An error inside a short line is its message; the stack is for JSON logs. */
const errorText = (value: unknown): unknown =>
  value !== null && typeof value === 'object' && 'stack' in value && 'message' in value ? (value as { message: unknown }).message : value;

/** The logger of a command. Lines go to stderr, or through `write` while progress bars stand in the terminal. */
export function createTerminalLogger(level: LogLevel, secrets: readonly string[], write: (line: string) => void = (line) => void process.stderr.write(line)): Logger {
  const short = process.stderr.isTTY;
  return createLogger({ level, secrets, destination: { write: (line: string) => write(short ? shortLine(line) : line) } });
}
