// Door of the executor: an operation and its plan become an executable that answers with JSON text.
//
//   compile(input: CompileInput): Executable               the object tier (`local` where every source of the plan is)
//   compileObject(input: CompileInput): ObjectExecutable   the same, for tiers that fall back to it:
//                                                          `execute(input, given?: AnswersAtHand)` uses answers at hand
//   compileStream(input: CompileInput): StreamExecutable   a subscription: the event's data, then the rest of the plan
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
export { compile, compileObject, compileStream } from './compile.ts';
