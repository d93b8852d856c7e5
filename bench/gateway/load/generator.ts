// The load generator, in a process of its own: requests over keep-alive connections, either as fast as the answers come or by
// the clock. Every answer is compared with the expected one.
import { reportReady } from '../servers/child.ts';
import { Connection } from './connection.ts';
import type { LoadJob, LoadResult } from './job.ts';
import { cut, printFields, subset } from './subset.ts';

/** After the time is over, answers that are under way may still come. */
const DRAIN_MS = 10_000;

interface Template {
  readonly request: Buffer;
  readonly answer: Buffer;
  /** Where the number is written; none where there is no marker. */
  readonly requestAt: readonly number[];
  readonly answerAt: readonly number[];
}

function placesOf(bytes: Buffer, marker: string): number[] {
  const places = [];
  for (let at = bytes.indexOf(marker); at >= 0; at = bytes.indexOf(marker, at + 1)) places.push(at);
  return places;
}

/** The bytes of a request with this body. */
function writer({ url, headers }: LoadJob): (body: string) => Buffer {
  const { pathname, host } = new URL(url);
  const lines = [`POST ${pathname} HTTP/1.1`, `host: ${host}`, 'content-type: application/json', 'accept: application/json'];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  const head = lines.join('\r\n');
  return (body) => Buffer.from(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function templatesOf({ bodies, answers, marker }: LoadJob, write: (body: string) => Buffer): Template[] {
  return bodies.map((body, index) => {
    const request = write(body);
    const answer = Buffer.from(answers[index]!);
    return { request, answer, requestAt: placesOf(request, marker), answerAt: placesOf(answer, marker) };
  });
}

/** Requests for parts of what the bodies select, and the parts of their answers. */
function subsetsIn({ bodies, answers, subsets }: LoadJob, write: (body: string) => Buffer): ((index: number, number: number) => { request: Buffer; answer: Buffer }) | undefined {
  if (!subsets) return undefined;
  const all = printFields(subsets);
  const around = bodies.map((body) => body.split(all));
  if (around.some(({ length }) => length !== 2)) throw new Error('A body does not select the fields that are to be chosen from');
  const whole = answers.map((answer) => {
    const { data } = JSON.parse(answer) as { data: Record<string, Record<string, unknown>> };
    const [root, value] = Object.entries(data)[0]!;
    // What every request selects stands beside.
    const fixed = Object.keys(value).filter((key) => !subsets.some((field) => key === (typeof field === 'string' ? field : field[0])));
    return { root, value, fixed, end: answer.slice(answer.trimEnd().length) };
  });
  return (index, number) => {
    const chosen = subset(subsets, number);
    const { root, value, fixed, end } = whole[index]!;
    return { request: write(around[index]!.join(printFields(chosen))), answer: Buffer.from(`${JSON.stringify({ data: { [root]: cut(value, [...fixed, ...chosen]) } })}${end}`) };
  };
}

const at = (sorted: Float64Array, share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

async function run(job: LoadJob): Promise<LoadResult> {
  const { hostname, port } = new URL(job.url);
  const write = writer(job);
  const templates = templatesOf(job, write);
  const connections = await Promise.all(Array.from({ length: job.connections }, () => Connection.open(hostname, Number(port))));
  const latencies: number[] = [];
  let sequence = job.sequence;
  const parts = subsetsIn(job, write);
  let sent = 0;
  let lastAnswer = 0;
  let wrong = 0;
  let firstWrong: string | undefined;
  const start = performance.now();
  const end = start + job.seconds * 1000;

  /** The next request; those with a marker are copies with their own number. */
  const next = (): { request: Buffer; answer: Buffer } => {
    if (parts) return parts(sent++ % job.bodies.length, sequence++);
    const template = templates[sent++ % templates.length]!;
    if (template.requestAt.length === 0) return template;
    const number = `n${(sequence++).toString(36).padStart(job.marker.length - 1, '0')}`;
    const request = Buffer.from(template.request);
    const answer = Buffer.from(template.answer);
    for (const place of template.requestAt) request.write(number, place, 'latin1');
    for (const place of template.answerAt) answer.write(number, place, 'latin1');
    return { request, answer };
  };
  const ask = (connection: Connection, due: number, then: () => void): void => {
    const { request, answer } = next();
    connection.send(request, answer, (problem) => {
      const now = performance.now();
      latencies.push(now - due);
      lastAnswer = now;
      if (problem !== undefined) {
        wrong++;
        firstWrong ??= problem;
      }
      then();
    });
  };

  const asFastAsAnswered = (): Promise<unknown> =>
    Promise.all(
      connections.map(
        (connection) =>
          new Promise<void>((resolve) => {
            const again = (): void => {
              const now = performance.now();
              if (now >= end) resolve();
              else ask(connection, now, again);
            };
            again();
          }),
      ),
    );
  const byTheClock = (rate: number): Promise<void> =>
    new Promise((resolve) => {
      const total = Math.floor(rate * job.seconds);
      const idle = [...connections];
      let begun = 0;
      const dueAt = (index: number): number => start + (index * 1000) / rate;
      const fill = (): void => {
        while (begun < total && idle.length > 0 && dueAt(begun) <= performance.now()) {
          const connection = idle.pop()!;
          ask(connection, dueAt(begun++), () => {
            idle.push(connection);
            if (begun === total && idle.length === connections.length) {
              clearInterval(clock);
              resolve();
            } else fill();
          });
        }
      };
      const clock = setInterval(fill, 1);
      fill();
    });

  const late = setTimeout(() => connections.forEach((connection) => connection.close()), job.seconds * 1000 + DRAIN_MS);
  await (job.rate === undefined ? asFastAsAnswered() : byTheClock(job.rate));
  clearTimeout(late);
  for (const connection of connections) connection.close();
  const sorted = Float64Array.from(latencies).sort();
  return {
    requests: latencies.length,
    wrong,
    ...(firstWrong === undefined ? {} : { firstWrong }),
    rps: latencies.length / Math.max(1e-3, (lastAnswer - start) / 1000),
    p50: at(sorted, 0.5),
    p99: at(sorted, 0.99),
    max: sorted.at(-1) ?? 0,
  };
}

reportReady({}, { answers: { run: (job) => run(job as LoadJob) } });
