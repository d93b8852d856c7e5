// From the body of an HTTP answer to a subgraph's answer: what counts as one, and what is a refusal of the whole fetch.
import type { Answer } from '../../lib/graphql/run.ts';

const isAnswer = (body: unknown): body is Answer =>
  body !== null && typeof body === 'object' && ('data' in body || Array.isArray((body as Answer).errors));

/** No data, and no error that belongs to a field or to the caller's values: the whole fetch was refused (another version, a broken server). */
const isRefusal = ({ data, errors }: Answer): boolean => data == null && !errors?.some(({ path, extensions }) => path ?? extensions?.['code'] === 'BAD_USER_INPUT');

/** Reads a body that holds UTF-8 bytes, one per character. Throws an Error that says, for the log, why it is no answer. */
export function readAnswer(body: string, status = 200): Answer {
  let answer: unknown;
  try {
    answer = JSON.parse(Buffer.from(body, 'latin1').toString('utf8'));
  } catch (error) {
    throw new Error(`HTTP ${status} with a body that is not JSON`, { cause: error });
  }
  if (!isAnswer(answer)) throw new Error(`HTTP ${status} with a body that is not a GraphQL answer`);
  if (isRefusal(answer)) throw new Error(`HTTP ${status}: ${answer.errors?.map(({ message }) => message).join('; ')}`);
  return answer;
}

/** The UTF-8 bytes of a text, one per character: what is all ASCII is so already. */
export const toBytes = (text: string): string => (/^[\0-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1'));
