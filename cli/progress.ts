// Shows runs as they go: a bar for each stream in a terminal, plain lines elsewhere (one when a stream starts, ends, or
// passes another tenth). Fed with run states, whoever sends them.
import { MultiBar, type SingleBar } from 'cli-progress';

/** The part of a run that is shown; the engine's state and the subscription's event both have it. */
export interface ShownRun {
  readonly id: string;
  readonly provider: string;
  readonly status: string;
  readonly waitingFor: string | null;
  readonly resumesAt: string | null;
  readonly progress: { readonly percent: number | null; readonly fetched: number; readonly written: number; readonly unchanged: number; readonly rejected: number; readonly etaSeconds: number | null };
  readonly streams: readonly ShownStream[];
  readonly error: { readonly message: string; readonly hint: string | null } | null;
}

interface ShownStream {
  readonly name: string;
  readonly status: string;
  readonly fetched: number;
  readonly total: number | null;
  readonly written: number;
  readonly rejected: number;
  readonly outcome: string | null;
  readonly message: string | null;
}

export interface ProgressView {
  show(run: ShownRun): void;
  /** A line of something else (a log) that must not tear the bars. */
  line(text: string): void;
  close(): void;
}

export const PROVIDER_LABELS: Readonly<Record<string, string>> = { GESTAO_CLICK: 'Gestão Click', KOMMO: 'Kommo' };
const ENDED = new Set(['SUCCEEDED', 'PARTIAL', 'FAILED', 'CANCELLED']);
export const isOver = (run: Pick<ShownRun, 'status'>): boolean => ENDED.has(run.status);

const label = (run: ShownRun) => PROVIDER_LABELS[run.provider] ?? run.provider;

/** `Kommo: SUCCEEDED, 2,431 records read, 2,431 written` and what went wrong, if anything did. */
export function summary(run: ShownRun): string {
  const { fetched, written, unchanged, rejected } = run.progress;
  const count = (n: number) => n.toLocaleString('en-US');
  const parts = [`${count(fetched)} records read`, `${count(written)} rows written`, `${count(unchanged)} unchanged`, ...(rejected > 0 ? [`${count(rejected)} rejected (see deadLetters)`] : [])];
  const failed = run.streams.filter((stream) => stream.status === 'FAILED').map((stream) => `\n  ${stream.name}: ${stream.message ?? 'failed'}`);
  const error = run.error === null ? '' : `\n  ${run.error.message}${run.error.hint === null ? '' : ` ${run.error.hint}`}`;
  return `${label(run)}: ${run.status}, ${parts.join(', ')}${error}${failed.join('')}`;
}

function stateOf(run: ShownRun, stream: ShownStream): string {
  if (run.status === 'WAITING' && stream.status === 'RUNNING') return `waiting for ${run.waitingFor ?? 'the provider'}${run.resumesAt === null ? '' : ` until ${new Date(run.resumesAt).toTimeString().slice(0, 8)}`}`;
  if (stream.status === 'SUCCEEDED') return (stream.outcome ?? 'done').toLowerCase().replaceAll('_', ' ');
  return stream.status.toLowerCase();
}

const STREAM_ENDED = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED', 'SKIPPED']);
const columns = (run: ShownRun, name: string) => `  ${label(run).padEnd(12)} ${name.padEnd(20)}`;

/**
 * Bars for people who watch a terminal: one for each stream that is being read. A stream that has ended leaves its bar
 * for a line above, so that the bars fit on the smallest screen. Log lines go between.
 */
function barView(stream: NodeJS.WriteStream): ProgressView {
  const known = new Map<string, SingleBar>();
  const ended = new Set<string>();
  let bars: MultiBar | undefined;
  const line = (text: string) => {
    const whole = text.endsWith('\n') ? text : `${text}\n`;
    // The bars keep lines until they are drawn the next time, so without bars nothing would ever show them.
    if (bars === undefined) stream.write(whole);
    else bars.log(whole);
  };
  const close = () => {
    bars?.update(); // lines that still wait
    bars?.stop();
    bars = undefined;
    known.clear();
  };
  const end = (key: string, text: string) => {
    if (ended.has(key)) return;
    ended.add(key);
    const bar = known.get(key);
    known.delete(key);
    if (known.size === 0) close();
    else if (bar !== undefined) bars?.remove(bar);
    line(text);
  };
  return {
    show(run) {
      for (const item of run.streams) {
        const key = `${run.id} ${item.name}`;
        if (STREAM_ENDED.has(item.status)) end(key, `${columns(run, item.name)} ${item.fetched.toLocaleString('en-US').padStart(9)} records, ${stateOf(run, item)}`);
        if (item.status !== 'RUNNING') continue;
        const total = Math.max(item.total ?? 0, item.fetched, 1);
        const payload = { columns: columns(run, item.name), state: stateOf(run, item) };
        bars ??= new MultiBar({ format: '{columns} {bar} {value}/{total} {state}', hideCursor: true, clearOnComplete: true, forceRedraw: true, barsize: 24, fps: 8, stream });
        let bar = known.get(key);
        if (bar === undefined) known.set(key, (bar = bars.create(total, 0, payload)));
        bar.setTotal(total);
        bar.update(item.fetched, payload);
      }
    },
    line,
    close,
  };
}

/** Lines for logs and pipes. */
function lineView(write: (text: string) => void): ProgressView {
  const last = new Map<string, string>();
  return {
    show(run) {
      for (const stream of run.streams) {
        if (stream.status === 'QUEUED') continue;
        const tenth = stream.total ? Math.floor((10 * stream.fetched) / stream.total) : 0;
        const mark = `${stateOf(run, stream)} ${stream.status === 'RUNNING' ? tenth : ''}`;
        const key = `${run.id} ${stream.name}`;
        if (last.get(key) === mark) continue;
        last.set(key, mark);
        write(`${label(run)} ${stream.name}: ${stateOf(run, stream)}, ${stream.fetched}${stream.total === null ? '' : `/${stream.total}`} records\n`);
      }
    },
    line: (text) => write(text.endsWith('\n') ? text : `${text}\n`),
    close: () => {},
  };
}

/** Bars where `stream` is a terminal, else lines. */
export const createProgressView = (stream: NodeJS.WriteStream = process.stdout): ProgressView => (stream.isTTY ? barView(stream) : lineView((text) => void stream.write(text)));
