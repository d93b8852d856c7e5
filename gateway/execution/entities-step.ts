// A fetch of entities: finds them in the data, asks for each distinct one once, and merges what comes back into all of them.
import type { GraphQLFormattedError } from 'graphql';
import type { Answer } from '../../lib/graphql/run.ts';
import type { EntitiesNode, EntityGroup } from '../planning/plan.ts';
import { unavailable } from '../sources/failure.ts';
import type { Execution, Failure } from './execution.ts';
import { affectedKeys, errorsOf, failureOf, failureOfReason, FetchFields, Telling } from './failures.ts';
import { merge } from './merge.ts';
import { compilePlaces, type Places } from './places.ts';
import { compileRepresentations, type Representations } from './representations.ts';
import { compileRewrites, renamePath, type Rewriter } from './rewrites.ts';
import { copy, isObject, type Data } from './slots.ts';
import { obtain, prepare, variablesOf, type Step, type StepContext } from './step.ts';
import type { Path } from './troubles.ts';

interface Group {
  readonly node: EntityGroup;
  readonly places: readonly Places[];
  readonly representations: Representations;
  readonly rewrite: Rewriter | undefined;
  readonly fields: FetchFields;
}

/** What one group asks for in one execution. */
interface Batch {
  readonly representations: Data[];
  /** The objects, in the order in which they were found, with the index of their representation; one list per path. */
  readonly targets: { readonly objects: Data[]; readonly indexes: number[] }[];
}

export class EntityFetch {
  readonly #node: EntitiesNode;
  readonly #context: StepContext;
  readonly #groups: readonly Group[];
  readonly #mayShare: boolean;

  /** `mayShare`: no other fetch writes into what this one brings, so that equal entities may be one object. */
  constructor(node: EntitiesNode, context: StepContext, mayShare: boolean) {
    this.#node = node;
    this.#context = context;
    this.#mayShare = mayShare;
    this.#groups = node.groups.map((group) => ({
      node: group,
      places: group.paths.map((path) => compilePlaces(path, context.schema)),
      representations: compileRepresentations(group, context.schema),
      rewrite: compileRewrites(group.outputRewrites, context.schema),
      fields: new FetchFields(node, (key) => renamePath([key], group.outputRewrites)[0] as string),
    }));
  }

  step(): Step {
    const node = this.#node;
    const prepared = prepare(node, 'query', this.#context);
    return (execution) => {
      const batches = this.#groups.map((group) => this.#gather(group, execution));
      if (batches.every(({ representations }) => representations.length === 0)) return undefined;
      return obtain(
        { node, prepared, execution, fits: (given) => this.#fits(batches, given) },
        () => this.#variables(batches, execution),
        (answer) => this.#receive(execution, batches, answer),
        (reason) => this.#fail(execution, batches, failureOfReason(node.service, reason)),
      );
    };
  }

  /** An answer at hand is believed where it holds as many entities as are asked for now. */
  #fits(batches: readonly Batch[], { data }: Answer): boolean {
    if (!isObject(data)) return true;
    return this.#groups.every(({ node }, i) => {
      const entities = data[node.alias];
      return !Array.isArray(entities) || entities.length === batches[i]!.representations.length;
    });
  }

  #variables(batches: readonly Batch[], { raw }: Execution): Record<string, unknown> {
    const variables: Record<string, unknown> = { ...variablesOf(this.#node.variableUsages, raw) };
    this.#groups.forEach(({ node }, i) => {
      variables[node.variable] = batches[i]!.representations;
    });
    return variables;
  }

  #gather(group: Group, execution: Execution): Batch {
    const representations: Data[] = [];
    const known = new Map<string, number>();
    const { build, keyOf } = group.representations;
    const targets = group.places.map((places) => {
      const objects: Data[] = [];
      const indexes: number[] = [];
      let failed: Map<Data, Failure> | undefined;
      places.each(execution.data, (object) => {
        const representation = build(object, execution);
        if (representation === undefined) {
          const failure = execution.hasFailures ? execution.failureOf(object) : undefined;
          if (failure) (failed ??= new Map()).set(object, failure);
          return;
        }
        const key = keyOf(representation);
        let index = known.get(key);
        if (index === undefined) {
          index = representations.push(representation) - 1;
          known.set(key, index);
        }
        objects.push(object);
        indexes.push(index);
      });
      if (failed) this.#failWithoutKey(execution, group, places, failed);
      return { objects, indexes };
    });
    return { representations, targets };
  }

  /** Entities without a key because the fetch that would have brought it failed: their fields are missing for that reason. */
  #failWithoutKey(execution: Execution, group: Group, places: Places, failed: ReadonlyMap<Data, Failure>): void {
    const telling = new Telling(execution, this.#context);
    places.eachWithPath(execution.data, (object, path) => {
      const failure = failed.get(object);
      if (failure) this.#tellFields(telling, group, places, { object, path }, failure);
    });
    telling.end();
  }

  #receive(execution: Execution, batches: readonly Batch[], answer: Answer): void {
    const { data } = answer;
    const errors = errorsOf(answer);
    if (isObject(data)) {
      this.#groups.forEach((group, i) => this.#take(execution, group, batches[i]!, data[group.node.alias], errors.length === 0));
    } else if (errors.length === 0) {
      return this.#fail(execution, batches, failureOfReason(this.#node.service, unavailable()));
    }
    if (errors.length > 0) this.#tellErrors(execution, batches, errors);
  }

  #take(execution: Execution, group: Group, { targets, representations }: Batch, entities: unknown, complete: boolean): void {
    if (!Array.isArray(entities)) return;
    group.rewrite?.(entities);
    const { isObjectType } = this.#context;
    /** Entities whose own objects stand in the answer already. */
    const used = new Uint8Array(representations.length);
    for (const { objects, indexes } of targets) {
      const copies: (Data | undefined)[] = [];
      for (let i = 0; i < objects.length; i++) {
        const index = indexes[i]!;
        const target = objects[i]!;
        const entity: unknown = entities[index];
        if (!isObject(entity)) {
          if (complete && entity === null) execution.markGone(target);
          continue;
        }
        let own = copies[index];
        if (own === undefined || !this.#mayShare) {
          own = used[index] ? copy(entity) : entity;
          used[index] = 1;
          copies[index] = own;
        }
        merge(target, own, isObjectType);
      }
    }
  }

  /** Errors of the subgraph, at every object that their entity stands for. */
  #tellErrors(execution: Execution, batches: readonly Batch[], errors: readonly GraphQLFormattedError[]): void {
    const telling = new Telling(execution, this.#context);
    const places = this.#groups.map((group, i) => this.#positions(execution, group, batches[i]!));
    let last: Failure | undefined;
    for (const error of errors) {
      const failure = (last = failureOf(this.#node.service, error));
      const [alias, index, ...rest] = error.path ?? [];
      const at = this.#groups.findIndex(({ node }) => node.alias === alias);
      const concerned = typeof index === 'number' ? places[at]?.filter((place) => place.index === index) : undefined;
      if (!concerned || concerned.length === 0) {
        this.#tellOwnPlace(telling, failure, at);
        continue;
      }
      const group = this.#groups[at]!;
      const below = renamePath(rest, group.node.outputRewrites);
      for (const place of concerned) {
        if (below.length > 0) telling.tell(failure, [...place.path, ...below]);
        else this.#tellFields(telling, group, place.places, place, failure);
      }
    }
    if (last) telling.end(last);
  }

  /** Where an error belongs that names no entity: above the first list. */
  #tellOwnPlace(telling: Telling, failure: Failure, at: number): void {
    const groups = at < 0 ? this.#groups : [this.#groups[at]!];
    for (const { places } of groups) for (const { beforeLists } of places) telling.tell(failure, beforeLists);
  }

  /** One error for each field that the client asked for and this fetch does not bring. */
  #fail(execution: Execution, batches: readonly Batch[], failure: Failure): void {
    const telling = new Telling(execution, this.#context);
    this.#groups.forEach((group, i) => {
      for (const place of this.#positions(execution, group, batches[i]!)) {
        execution.markFailed(place.object, failure);
        this.#tellFields(telling, group, place.places, place, failure);
      }
    });
    telling.end(failure);
  }

  #tellFields(telling: Telling, { node, fields }: Group, { keys }: Places, { object, path }: { object: Data; path: Path }, failure: Failure): void {
    const affected = affectedKeys(fields.entity(node.alias, object['__typename']), keys, this.#context);
    for (const key of affected ?? []) telling.tell(failure, [...path, key]);
    if (!affected) telling.tell(failure, path);
  }

  /** Where the objects of a batch stand now: looked up only when there is something to tell. */
  #positions(execution: Execution, { places }: Group, { targets }: Batch) {
    const positions: { object: Data; path: Path; index: number; places: Places }[] = [];
    places.forEach((place, i) => {
      const { objects, indexes } = targets[i]!;
      const indexOf = new Map(objects.map((object, j) => [object, indexes[j]!]));
      place.eachWithPath(execution.data, (object, path) => {
        const index = indexOf.get(object);
        if (index !== undefined) positions.push({ object, path, index, places: place });
      });
    });
    return positions;
  }
}
