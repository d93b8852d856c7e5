// A fetch of root fields: its data goes to the root of the answer, or below a path into every object that stands there.
import type { GraphQLFormattedError } from 'graphql';
import type { Answer } from '../../lib/graphql/run.ts';
import type { FetchNode } from '../planning/plan.ts';
import { unavailable } from '../sources/failure.ts';
import type { Execution, Failure } from './execution.ts';
import { affectedKeys, errorsOf, failureOf, failureOfReason, FetchFields, Telling } from './failures.ts';
import { merge } from './merge.ts';
import { compilePlaces, type Places } from './places.ts';
import { compileRewrites, renamePath } from './rewrites.ts';
import { copy, isObject, type Data } from './slots.ts';
import { obtain, prepare, variablesOf, type Step, type StepContext } from './step.ts';
import type { Path } from './troubles.ts';

/** Takes an answer of this fetch, whoever got it. */
export type Receive = (execution: Execution, answer: Answer) => void;

export class RootFetch {
  readonly #node: FetchNode;
  readonly #context: StepContext;
  readonly #places: Places | undefined;
  readonly #rewrite: ReturnType<typeof compileRewrites>;
  readonly #fields: FetchFields;

  constructor(node: FetchNode, context: StepContext) {
    this.#node = node;
    this.#context = context;
    this.#places = node.path && node.path.length > 0 ? compilePlaces(node.path, context.schema) : undefined;
    this.#rewrite = compileRewrites(node.outputRewrites, context.schema);
    this.#fields = new FetchFields(node, (key) => renamePath([key], node.outputRewrites)[0] as string);
  }

  step(): Step {
    const node = this.#node;
    const prepared = prepare(node, node.operationKind, this.#context);
    return (execution) => {
      // Below a path that leads nowhere there is nothing to fetch.
      if (this.#places && this.#targets(execution).length === 0) return undefined;
      return obtain(
        { node, prepared, execution },
        () => variablesOf(node.variableUsages, execution.raw),
        (answer) => this.receive(execution, answer),
        (reason) => this.fail(execution, failureOfReason(node.service, reason)),
      );
    };
  }

  #targets(execution: Execution): Data[] {
    if (!this.#places) return [execution.data];
    const targets: Data[] = [];
    this.#places.each(execution.data, (object) => targets.push(object));
    return targets;
  }

  receive(execution: Execution, answer: Answer): void {
    const { data } = answer;
    const errors = errorsOf(answer);
    if (isObject(data)) {
      this.#rewrite?.(data);
      this.#targets(execution).forEach((target, i) => merge(target, i === 0 ? data : copy(data), this.#context.isObjectType));
    } else if (errors.length === 0) {
      this.fail(execution, failureOfReason(this.#node.service, unavailable()));
    }
    if (errors.length > 0) this.#tellErrors(execution, errors, !isObject(data));
  }

  #tellErrors(execution: Execution, errors: readonly GraphQLFormattedError[], lost: boolean): void {
    const telling = new Telling(execution, this.#context);
    for (const error of errors) {
      const failure = failureOf(this.#node.service, error);
      const path = error.path?.length ? renamePath(error.path, this.#node.outputRewrites) : [];
      for (const place of this.#paths(execution)) telling.tell(failure, [...place, ...path]);
    }
    telling.end();
    // An error without a place may have emptied everything that was asked for.
    if (lost) for (const place of this.#paths(execution)) for (const key of this.#fields.roots()) execution.troubles.explain([...place, key]);
  }

  /** One error for each field that the client asked for and this fetch does not bring. */
  fail(execution: Execution, failure: Failure): void {
    const telling = new Telling(execution, this.#context);
    const keys = this.#fields.roots().filter((key) => key !== '__typename');
    const affected = affectedKeys(keys, this.#places?.keys ?? [], this.#context);
    for (const target of this.#targets(execution)) execution.markFailed(target, failure);
    for (const place of this.#paths(execution)) {
      for (const key of affected ?? []) telling.tell(failure, [...place, key]);
      if (!affected) telling.tell(failure, place);
    }
    telling.end(failure);
  }

  #paths(execution: Execution): Path[] {
    if (!this.#places) return [[]];
    const paths: Path[] = [];
    this.#places.eachWithPath(execution.data, (_, path) => paths.push(path));
    return paths;
  }
}
