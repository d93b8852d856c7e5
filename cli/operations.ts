// `ponte operations publish | list | retire`: which operations may be asked for by their hash, and, where TRUSTED_DOCUMENTS=only
// is set, which run at all. Running gateways hear of each change at once.
import { userInfo } from 'node:os';
import type { Config } from '../lib/config/index.ts';
import { badInput, notFound } from '../lib/errors.ts';
import { allDocuments, publishDocuments, retireDocument, type Publication } from './documents.ts';
import { readPublications } from './publications.ts';
import { withDatabase } from './storage.ts';
import { say } from './terminal.ts';

/** Not every container has a name for its user. */
function publisher(): string | null {
  try {
    return userInfo().username;
  } catch {
    return null;
  }
}

const WORDS: Readonly<Record<Publication, string>> = { published: 'published', before: 'was published before', again: 'published again' };
const day = (date: Date): string => date.toISOString().slice(0, 10);

export async function operationsPublish(config: Config, files: readonly string[]): Promise<void> {
  const documents = await readPublications(files, config.limits.operation);
  const outcomes = await withDatabase(config, 'operations', (database) => publishDocuments(database, documents, publisher()));
  documents.forEach(({ hash, name }, i) => say(`${hash}  ${name}  (${WORDS[outcomes[i]!]})`));
  if (config.trustedDocuments === 'off') console.error('Gateways take hashes where TRUSTED_DOCUMENTS is set to `allow` or `only`.');
}

export async function operationsList(config: Config): Promise<void> {
  const documents = await withDatabase(config, 'operations', allDocuments);
  if (documents.length === 0) return say('No operation is published. Publish some with `ponte operations publish FILES`.');
  for (const { hash, name, publishedAt, publishedBy, retiredAt } of documents)
    say(`${hash}  ${name}  (${retiredAt === null ? `published ${day(publishedAt)}` : `retired ${day(retiredAt)}`}${publishedBy === null ? '' : ` by ${publishedBy}`})`);
}

export async function operationsRetire(config: Config, text: string): Promise<void> {
  const hash = text.replace(/^sha256:/, '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hash)) throw badInput('The hash must be 64 hexadecimal digits, as `ponte operations list` shows it');
  const outcome = await withDatabase(config, 'operations', (database) => retireDocument(database, hash));
  if (outcome === 'unknown') throw notFound('Operation', hash);
  say(outcome === 'before' ? `Operation ${hash} was retired before.` : `Operation ${hash} is retired.`);
}
