// Door of the executor: an operation and its plan become an executable that answers with JSON text.
//
//   compile(input: CompileInput): Executable               the object tier (`local` where every source of the plan is)
//   compileObject(input: CompileInput): ObjectExecutable   the same, for tiers that fall back to it:
//                                                          `execute(input, given?: AnswersAtHand)` uses answers at hand
//   compileStream(input: CompileInput): StreamExecutable   a subscription: the event's data, then the rest of the plan
//
//   compileIncremental(input: CompileInput): IncrementalExecutable   an operation with `@defer`: one part after the other
//
// For executors that deliver in parts: `stepContext(input)` + `createRunner(node, context, plan)` compile any node of a plan
// to `run(execution)`, which fetches into `execution.data` (an `Execution` is the state of one request: data and errors);
// `createWriter(shape)` compiles any selection to `write(object, execution, prefix)`, which gives JSON text, or null where a
// null has to go further up than the object, and adds errors to `execution.troubles` with `prefix` before their paths.
export type {
  AnswersAtHand,
  CompileInput,
  Executable,
  ExecuteInput,
  IncrementalExecutable,
  IncrementalResult,
  ObjectExecutable,
  Refusal,
  StreamExecutable,
  Tier,
} from './executable.ts';
export { ClientKeys } from './client-keys.ts';
export { compile, compileObject, compileStream, stepContext, tierOf } from './compile.ts';
export { Execution } from './execution.ts';
export { compileIncremental } from './defer.ts';
export { compilePlaces, type Places } from './places.ts';
export { createRunner, type Runner } from './runner.ts';
export { type Step, type StepContext } from './step.ts';
export { createWriter, type Shape, type Writer } from './writer.ts';
