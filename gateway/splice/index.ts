// Door of the text tier: answers of remote subgraphs are not parsed, their texts are cut and put together.
//
//   compileSplice(input: CompileInput): Executable | null     null where the operation is for the object tier
//
// Sound because it believes nothing: a text is walked along the selection that was sent, every byte of it; whatever is not where
// it should be hands the request, with all texts that came, to the object tier (`request.tally.fallback` says why).
export { compileSplice, type SpliceOptions } from './splice.ts';
