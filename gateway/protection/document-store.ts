// The port of published operations: the gateway asks, whoever owns the database answers.
import { hash } from 'node:crypto';

/** By which a text is asked for: its sha256, in hexadecimal. */
export const documentHash = (text: string): string => hash('sha256', text, 'hex');

/** An operation that was published, and may be asked for by the hash of its text. */
export interface TrustedDocument {
  /** sha256 of `body`, in hexadecimal. */
  readonly hash: string;
  readonly name: string;
  readonly body: string;
}

export interface DocumentStore {
  /** All that are not retired. */
  all(): Promise<readonly TrustedDocument[]>;
  /** Calls `onChange` whenever they may have changed, and once it hears of changes at all. Settles when the signal is aborted. */
  changes(signal: AbortSignal, onChange: () => void): Promise<void>;
}
