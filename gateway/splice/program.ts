// Runs a plan on texts: sends the fetches, reads each text as it comes, and puts the answer together when all are there. What
// cannot be spliced is told, with all texts that came, so that nothing has to be asked for twice.
import { isUtf8 } from 'node:buffer';
import type { Answer } from '../../lib/graphql/run.ts';
import type { AnswersAtHand, CompileInput, ExecuteInput } from '../execution/index.ts';
import type { EntitiesNode, FetchBase, FetchNode, PlanNode } from '../planning/plan.ts';
import { readAnswer, toBytes } from '../sources/remote-answer.ts';
import type { PreparedFetch, Variables } from '../sources/source.ts';
import { generateEntities, generateRoot, holeOf, PARTS, type Chunk, type Gathered, type Scan } from './code.ts';
import type { EntityView, Layout } from './places.ts';
import { Misfit, Unsuited, type MisfitReason } from './unsuited.ts';

/** Text of the answer, one character per byte, or why there is none and what came until then. */
export type Outcome = { readonly text: string } | { readonly reason: MisfitReason; readonly answers: AnswersAtHand };

/** One run of a program. */
class Run {
  readonly input: ExecuteInput;
  readonly views: Gathered[];
  readonly texts = new Map<FetchBase, string | undefined>();
  misfit: MisfitReason | undefined;

  constructor(input: ExecuteInput, views: number) {
    this.input = input;
    this.views = [];
    for (let i = 0; i < views; i++) this.views.push({ wanted: [], known: new Map(), local: undefined, owed: 0, chunks: [] });
  }
}

type Step = (run: Run) => Promise<void> | undefined;

/** Bytes of the text that is being read: reading never waits, so one place is enough. */
let scratch = Buffer.allocUnsafe(256 * 1024);
/** Larger texts get a place of their own, so that one of them does not keep its memory for ever. */
const LARGEST_KEPT = 4 * 1024 * 1024;

function read(scan: Scan, text: string, views: readonly Gathered[]): void {
  const { length } = text;
  let bytes = scratch;
  if (length >= bytes.length) {
    bytes = Buffer.allocUnsafe(Math.max(length + 1, 2 * scratch.length));
    if (bytes.length <= LARGEST_KEPT) scratch = bytes;
  }
  bytes.write(text, 0, length, 'latin1');
  bytes[length] = 0;
  if (!isUtf8(bytes.subarray(0, length))) throw new Misfit('encoding');
  scan(bytes, text, length, views);
}

/** JSON of the client's variables that a fetch passes on, without the brace that closes it. */
function openVariables(names: readonly string[], raw: Variables): string {
  if (names.length === 0) return '{';
  const picked: Record<string, unknown> = {};
  for (const name of names) if (Object.hasOwn(raw, name)) picked[name] = raw[name];
  return toBytes(JSON.stringify(picked)).slice(0, -1);
}

export class Program {
  readonly #layout: Layout;
  readonly #input: CompileInput;
  readonly #step: Step;
  /** Text between the root's fields, and the views that bring them, as holes. */
  readonly #root: Chunk;

  /** Throws Unsuited where a source gives no texts. */
  constructor(layout: Layout, input: CompileInput) {
    this.#layout = layout;
    this.#input = input;
    if (layout.views.some(({ parts }) => parts.length > PARTS)) throw new Unsuited('too many parts');
    this.#step = this.#compile(input.plan.root!);
    this.#root = this.#rootTemplate();
  }

  async run(input: ExecuteInput): Promise<Outcome> {
    const run = new Run(input, this.#layout.views.length);
    await this.#step(run);
    if (run.misfit === undefined) return { text: this.#fill('', this.#root, run.views) };
    return { reason: run.misfit, answers: this.#answers(run) };
  }

  #compile(node: PlanNode): Step {
    switch (node.kind) {
      case 'fetch':
        return this.#fetch(node);
      case 'entities':
        return this.#entities(node);
      case 'sequence':
      case 'parallel': {
        const steps = node.nodes.map((part) => this.#compile(part));
        if (steps.length === 1) return steps[0]!;
        if (node.kind === 'parallel') return async (run) => void (await Promise.all(steps.map((step) => step(run))));
        return async (run) => {
          for (const step of steps) if (run.misfit === undefined) await step(run);
        };
      }
      default:
        throw new Unsuited('conditions and streams');
    }
  }

  #prepare(node: FetchBase): NonNullable<PreparedFetch['exchange']> {
    const source = this.#input.sources[node.service];
    const { exchange } = source?.prepare({ operation: node.operation, operationName: node.operationName, operationKind: 'query' }) ?? {};
    if (!exchange) throw new Unsuited('a source without texts');
    return exchange;
  }

  async #exchange(run: Run, node: FetchBase, text: Promise<string>, scan: Scan): Promise<void> {
    let body: string;
    try {
      body = await text;
    } catch {
      // Why is told by the object tier: an aborted request by its reason, all else as a part that does not answer.
      if (!run.input.request.cancel.aborted) run.texts.set(node, undefined);
      run.misfit ??= 'fetch failed';
      return;
    }
    run.texts.set(node, body);
    try {
      read(scan, body, run.views);
    } catch (error) {
      run.misfit ??= error instanceof Misfit ? error.reason : 'fault';
    }
  }

  #fetch(node: FetchNode): Step {
    const exchange = this.#prepare(node);
    const scan = generateRoot(this.#layout, node);
    return (run) => {
      const { raw, request } = run.input;
      request.tally.fetches++;
      return this.#exchange(run, node, exchange(`${openVariables(node.variableUsages, raw)}}`, request), scan);
    };
  }

  #entities(node: EntitiesNode): Step {
    const exchange = this.#prepare(node);
    const scan = generateEntities(this.#layout, node);
    const groups = this.#layout.groups.get(node)!;
    return (run) => {
      const { raw, request } = run.input;
      let variables = openVariables(node.variableUsages, raw);
      let asked = 0;
      for (const views of groups) {
        const wanted = wantedBy(views, run.views);
        asked += wanted.length;
        variables += `${variables === '{' ? '' : ','}${JSON.stringify(views[0]!.group.variable)}:[${wanted.join(',')}]`;
      }
      if (asked === 0) return undefined;
      request.tally.fetches++;
      return this.#exchange(run, node, exchange(`${variables}}`, request), scan);
    };
  }

  #rootTemplate(): Chunk {
    const { root, views } = this.#layout;
    const pieces: (string | number)[] = [];
    let text = '{"data":{';
    let written = 0;
    let before: unknown;
    const parts = new Map<unknown, number>();
    for (const { key, from } of root.fields) {
      if (typeof from === 'object' && from === before) continue;
      before = from;
      text += written++ > 0 ? ',' : '';
      if (typeof from !== 'object') {
        text += `${JSON.stringify(key)}:${JSON.stringify(root.type.name)}`;
        continue;
      }
      const part = parts.get(from) ?? 0;
      parts.set(from, part + 1);
      pieces.push(text, holeOf(views[from.index]!, part));
      text = '';
    }
    return [...pieces, `${text}}}`];
  }

  /** Appends a chunk to a text, its holes filled. */
  #fill(text: string, chunk: Chunk, views: readonly Gathered[]): string {
    if (typeof chunk === 'string') return text + chunk;
    const holes = this.#layout.views.length * PARTS;
    for (const piece of chunk) {
      if (typeof piece === 'string') {
        text += piece;
        continue;
      }
      const which = piece % holes;
      const view = Math.floor(which / PARTS);
      const at = ((piece - which) / holes) * this.#layout.views[view]!.parts.length + (which % PARTS);
      text = this.#fill(text, views[view]!.chunks[at]!, views);
    }
    return text;
  }

  /** What came, as the object tier takes it. A text that is no answer is left out: its fetch is then repeated. */
  #answers({ texts }: Run): AnswersAtHand {
    const answers = new Map<FetchBase, Answer>();
    for (const [node, text] of texts) {
      try {
        answers.set(node, text === undefined ? { data: null } : readAnswer(text));
      } catch {
        continue;
      }
    }
    return answers;
  }
}

/** The representations of a group, each once, in the order of its paths; notes for each view which of them are its own. */
function wantedBy(views: readonly EntityView[], gathered: readonly Gathered[]): readonly string[] {
  const first = gathered[views[0]!.index]!;
  if (views.length === 1) {
    first.owed = first.wanted.length;
    return first.wanted;
  }
  const all = new Map<string, number>();
  const indexes = views.map(({ index }) =>
    gathered[index]!.wanted.map((representation) => {
      const known = all.get(representation) ?? all.size;
      all.set(representation, known);
      return known;
    }),
  );
  views.forEach(({ index }, v) => {
    const view = gathered[index]!;
    view.owed = all.size;
    view.local = new Int32Array(all.size).fill(-1);
    indexes[v]!.forEach((at, own) => {
      view.local![at] = own;
    });
  });
  return [...all.keys()];
}
