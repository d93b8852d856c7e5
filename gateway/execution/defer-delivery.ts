// One answer in parts, in the form of `multipart/mixed; deferSpec=20220824`: `{data,errors?,hasNext}` first, then
// `{incremental:[{label?,path,data,errors?}],hasNext}`. A part is written when it is asked for: whoever reads slowly gets what
// has come meanwhile in one payload. Leaving is heard at once, also while nothing has come.
import type { GraphQLFormattedError, GraphQLObjectType, SelectionSetNode } from 'graphql';
import { clientLabel } from '../planning/index.ts';
import { clientGone } from '../request.ts';
import type { DeferredPlaces, Delivered, Place } from './defer-places.ts';
import { PartExecution, type Parts } from './defer-run.ts';
import type { ExecuteInput, IncrementalResult } from './executable.ts';
import type { Path } from './troubles.ts';
import type { Writer } from './writer.ts';

export interface DeliveryOptions {
  readonly input: ExecuteInput;
  /** Started. */
  readonly parts: Parts;
  readonly places: DeferredPlaces;
  readonly selection: SelectionSetNode;
  readonly type: GraphQLObjectType;
  /** The operation without what is deferred. */
  readonly writer: Writer;
  /** A deferred fragment, without what is deferred inside, on an object of this type. */
  writerFor(place: Place): Writer;
  /** For a fault of ours: nothing of what it says may leave. */
  broken(reason: unknown): GraphQLFormattedError;
}

/** A deferred fragment that the client waits for, with everything that it is owed. */
interface Owed {
  readonly label: string;
  /** With the errors of its own fetches. */
  readonly execution: PartExecution;
  readonly places: Place[];
}

/** Written JSON; parsed only where somebody has to look into it. */
class Written {
  readonly text: string;
  #json: { readonly value: unknown } | undefined;

  constructor(text: string | null) {
    this.text = text ?? 'null';
  }

  get json(): unknown {
    return (this.#json ??= { value: JSON.parse(this.text) as unknown }).value;
  }

  /** True where a path ends in a null, or runs into one on its way: an error there is the reason for it. */
  isNullAt(path: Path): boolean {
    let value = this.json;
    for (const step of path) {
      if (typeof value !== 'object' || value === null) return value === null;
      if (!Object.hasOwn(value, step)) return false;
      value = (value as Record<string | number, unknown>)[step];
    }
    return value === null;
  }
}

type Next = IteratorResult<IncrementalResult, void>;
const OVER: Next = { done: true, value: undefined };
const keyOf = (path: Path): string => path.join('\n');

export class Delivery implements AsyncGenerator<IncrementalResult, void, void> {
  readonly #options: DeliveryOptions;
  /** Errors of places that are delivered later. */
  readonly #held: GraphQLFormattedError[] = [];
  /** Fragments whose fetches are over, in the order in which they were. */
  readonly #ready: Owed[] = [];
  /** What the client has, by place. */
  readonly #given = new Map<string, Written[]>();
  #owed = 0;
  #state: 'first' | 'rest' | 'over' = 'first';
  #left = false;
  #wake: (() => void) | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Next> {
    const turn = this.#turn.then(() => this.#next());
    this.#turn = turn;
    return turn;
  }

  return(): Promise<Next> {
    if (this.#state !== 'over') {
      this.#left = true;
      this.#options.input.request.abort(clientGone());
    }
    this.#state = 'over';
    this.#wake?.();
    return Promise.resolve(OVER);
  }

  async throw(error: unknown): Promise<Next> {
    await this.return();
    throw error;
  }

  async #next(): Promise<Next> {
    if (this.#state === 'over') return OVER;
    return this.#state === 'first' ? this.#first() : this.#later();
  }

  /** Settles with the work, or when the reader leaves. */
  async #orLeft(work: Promise<unknown>): Promise<void> {
    await Promise.race([work, new Promise<void>((resolve) => (this.#wake = resolve))]);
    this.#wake = undefined;
  }

  async #first(): Promise<Next> {
    const { parts, writer, selection, type, broken } = this.#options;
    const { execution, done } = parts.first;
    try {
      await this.#orLeft(done);
      if (this.#left) return OVER;
      const data = new Written(writer.write(execution.data, execution));
      const errors = execution.troubles.errors.filter((error) => this.#isTold(error, selection, [], data));
      this.#owe({ selections: [selection], object: execution.data, type, path: [] }, data, execution);
      return this.#give(errors.length === 0 ? `"data":${data.text},` : `"errors":${JSON.stringify(errors)},"data":${data.text},`, errors);
    } catch (reason) {
      const errors = [broken(reason)];
      this.#owed = 0;
      return this.#give(`"errors":${JSON.stringify(errors)},"data":null,`, errors);
    }
  }

  async #later(): Promise<Next> {
    const texts: string[] = [];
    const errors: GraphQLFormattedError[] = [];
    while (texts.length === 0 && this.#owed > 0) {
      if (this.#ready.length === 0) await this.#orLeft(new Promise(() => undefined));
      if (this.#left) return OVER;
      for (const owed of this.#ready.splice(0)) {
        this.#owed--;
        for (const { text, own } of this.#write(owed)) {
          texts.push(text);
          errors.push(...own);
        }
      }
    }
    return this.#give(texts.length > 0 ? `"incremental":[${texts.join(',')}],` : '', errors);
  }

  #give(body: string, errors: readonly GraphQLFormattedError[]): Next {
    const hasNext = this.#owed > 0;
    this.#state = hasNext ? 'rest' : 'over';
    return { done: false, value: { text: `{${body}"hasNext":${hasNext}}`, encoding: 'utf8', errors, hasNext } };
  }

  /** False where a part that was delivered since has put a null in the object's place, or above it: fragments may overlap. */
  #isThere({ path }: Place): boolean {
    return path.every((_, i) => {
      const given = this.#given.get(keyOf(path.slice(0, i)));
      // A fragment that is null itself is not written into the client's data.
      return !given?.some((written) => written.text !== 'null' && written.isNullAt(path.slice(i)));
    });
  }

  /** Notes which fragments inside what was delivered the client now waits for. */
  #owe(delivered: Omit<Delivered, 'json'>, written: Written, around: PartExecution): void {
    const { places, parts, input } = this.#options;
    const key = keyOf(delivered.path);
    const given = this.#given.get(key);
    if (given) given.push(written);
    else this.#given.set(key, [written]);
    if (!delivered.selections.some((set) => places.holds(set))) return;
    const byLabel = new Map<string, Place[]>();
    for (const place of places.within({ ...delivered, json: written.json })) {
      const known = byLabel.get(place.label);
      if (known) known.push(place);
      else byLabel.set(place.label, [place]);
    }
    for (const [label, found] of byLabel) {
      // A fragment of which the plan knows no block needs no fetch of its own.
      const part = parts.byLabel.get(label);
      const owed: Owed = { label, execution: part?.execution ?? new PartExecution(input, around), places: found };
      const arrived = () => {
        this.#ready.push(owed);
        this.#wake?.();
      };
      this.#owed++;
      (part?.done ?? Promise.resolve()).then(arrived, arrived);
    }
  }

  /** The payloads of one fragment, one for each object. */
  #write({ label, execution, places: all }: Owed): { text: string; own: readonly GraphQLFormattedError[] }[] {
    const places = all.filter((place) => this.#isThere(place));
    if (places.length === 0) return [];
    const client = clientLabel(label);
    const head = client === undefined ? '' : `"label":${JSON.stringify(client)},`;
    const payload = (place: Place, data: string, own: readonly GraphQLFormattedError[]) => ({
      text: `{${head}"path":${JSON.stringify(place.path)},"data":${data}${own.length > 0 ? `,"errors":${JSON.stringify(own)}` : ''}}`,
      own,
    });
    try {
      const byPath = new Map(places.map((place) => [keyOf(place.path), place]));
      for (const error of this.#held) {
        const place = this.#placeOf(error, byPath);
        if (place && this.#options.places.selects([place.selection], error.path!.slice(place.path.length))) execution.troubles.add(error);
      }
      const written = new Map(places.map((place) => [place, new Written(this.#options.writerFor(place).write(place.object, execution, place.path))]));
      const own = new Map<Place, GraphQLFormattedError[]>(places.map((place) => [place, []]));
      for (const error of execution.troubles.errors) {
        const place = this.#placeOf(error, byPath) ?? places[0]!;
        if (this.#isTold(error, place.selection, place.path, written.get(place)!)) own.get(place)!.push(error);
      }
      for (const place of places) {
        this.#owe({ selections: [place.selection], object: place.object, type: place.type, path: place.path }, written.get(place)!, execution);
      }
      return places.map((place) => payload(place, written.get(place)!.text, own.get(place)!));
    } catch (reason) {
      const error = this.#options.broken(reason);
      return places.map((place) => payload(place, 'null', [{ ...error, path: place.path }]));
    }
  }

  #placeOf({ path }: GraphQLFormattedError, byPath: ReadonlyMap<string, Place>): Place | undefined {
    for (let length = path?.length ?? 0; length >= 0; length--) {
      const place = byPath.get(keyOf(path?.slice(0, length) ?? []));
      if (place) return place;
    }
    return undefined;
  }

  /** True where an error belongs to what is delivered now at `at`; else it is kept for what comes later. */
  #isTold(error: GraphQLFormattedError, selection: SelectionSetNode, at: Path, written: Written): boolean {
    const { path } = error;
    if (!path || path.length <= at.length) return true;
    const below = path.slice(at.length);
    if (this.#options.places.selects([selection], below) || written.isNullAt(below)) return true;
    this.#held.push(error);
    return false;
  }
}
