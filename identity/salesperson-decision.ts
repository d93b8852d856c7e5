// Who the salespeople of one ERP account are, decided from what stands on its sales and in its two tables of people
// (gestao-click.md section 6: nothing documents which of them `vendedor_id` points to). Pure: no database, no clock.
import { documentOf, emailKey, nameKey, nameTokens, onlyAlnum, phoneKeys } from '../lib/brazil/index.ts';
import { recordId } from '../lib/ids.ts';

/** One way in which sales and quotes name who sold. */
export interface Mention {
  /** `vendedor_id`, where the record has one. */
  externalId: string | null;
  name: string | null;
  /** The reference that stands on those records now. */
  salespersonId: string | null;
  /** Day of the newest of them. */
  lastOn: string;
}

/** A row of usuarios, or of funcionarios (id and name only). */
export interface Person {
  externalId: string;
  name: string;
  email?: string | null;
  phones?: readonly string[];
  document?: string | null;
  active?: boolean;
  metadata: unknown;
}

export type Source = 'USER' | 'EMPLOYEE' | 'SALE';

/** A row of `gestao_click.salesperson`, without wallet and hash. */
export interface SalespersonRow {
  id: string;
  externalId: string;
  name: string;
  nameKey: string;
  source: Source;
  email: string | null;
  emailKeys: string[];
  phones: string[];
  phoneKeys: string[];
  document: string | null;
  active: boolean;
  metadata: unknown;
}

export interface Decision {
  people: SalespersonRow[];
  /** For sales with a name and no id: the salesperson that each spelling belongs to. */
  byName: { name: string; id: string }[];
  /** Which table `vendedor_id` points to; null where neither has an equal id and name. */
  table: 'USER' | 'EMPLOYEE' | null;
  evidence: { users: number; employees: number };
}

/** External id of a salesperson who is known by name only. */
export const nameExternalId = (key: string): string => `name:${key}`;

const byExternalId = (people: readonly Person[]) => new Map(people.map((person) => [person.externalId, person]));

/** How many (id, name) pairs of the sales stand in a table as they are, and how many of its ids have another name. */
function evidenceOf(
  mentions: readonly Mention[],
  table: ReadonlyMap<string, Person>,
): { equal: number; different: number } {
  const equal = new Set<string>();
  const different = new Set<string>();
  for (const { externalId, name } of mentions) {
    const person = externalId === null ? undefined : table.get(externalId);
    if (!person || !name) continue;
    if (nameKey(person.name) === nameKey(name)) equal.add(person.externalId);
    else different.add(person.externalId);
  }
  return { equal: equal.size, different: [...different].filter((id) => !equal.has(id)).length };
}

/** Values that exactly one key has; a key with two different values has none. */
function unique<T>(entries: Iterable<readonly [string, T]>): ReadonlyMap<string, T> {
  const found = new Map<string, T | null>();
  for (const [key, value] of entries) found.set(key, found.has(key) && found.get(key) !== value ? null : value);
  return new Map([...found].filter((entry): entry is [string, T] => entry[1] !== null && entry[0] !== ''));
}

const groupBy = (mentions: readonly Mention[], keyOf: (mention: Mention) => string): Map<string, Mention[]> => {
  const groups = new Map<string, Mention[]>();
  for (const mention of mentions) {
    const group = groups.get(keyOf(mention));
    if (group) group.push(mention);
    else groups.set(keyOf(mention), [mention]);
  }
  return groups;
};

const newest = (mentions: readonly Mention[]): Mention | undefined =>
  mentions
    .filter((mention) => mention.name)
    .toSorted((a, b) =>
      a.lastOn < b.lastOn ? 1 : a.lastOn > b.lastOn ? -1 : (a.name ?? '') < (b.name ?? '') ? -1 : 1,
    )[0];

function rowOf(
  base: { id: string; externalId: string; name: string; source: Source; metadata: unknown },
  facts: Person | undefined,
): SalespersonRow {
  const phones = [...(facts?.phones ?? [])];
  const key = emailKey(facts?.email);
  return {
    ...base,
    nameKey: nameKey(base.name),
    email: facts?.email ?? null,
    emailKeys: key === null ? [] : [key],
    phones,
    phoneKeys: [...new Set(phones.flatMap((phone) => phoneKeys(phone)))],
    document: documentOf(facts?.document) ?? (onlyAlnum(facts?.document ?? '') || null),
    active: facts?.active ?? true,
  };
}

/**
 * Decides who sells. An id is looked up in the table that knows more of the ids under an equal name; where most of that
 * table's hits have another name it is believed only for the ids whose names are equal. funcionarios hold no e-mail, phone
 * or document: these then come from the only user who bears the same full name. A mention with a name and no id is the
 * salesperson with an id who bears that name, where there is exactly one, else a salesperson keyed by the name.
 */
export function decideSalespeople(
  walletId: string,
  mentions: readonly Mention[],
  users: readonly Person[],
  employees: readonly Person[],
): Decision {
  const tables = { USER: byExternalId(users), EMPLOYEE: byExternalId(employees) };
  const found = { USER: evidenceOf(mentions, tables.USER), EMPLOYEE: evidenceOf(mentions, tables.EMPLOYEE) };
  const best = found.EMPLOYEE.equal > found.USER.equal ? 'EMPLOYEE' : 'USER';
  const table = found[best].equal > 0 ? best : null;
  const trusted = table !== null && found[table].equal >= found[table].different;

  const identified = groupBy(
    mentions.filter((mention) => mention.externalId !== null),
    (mention) => mention.externalId ?? '',
  );
  const identifiedPeople = [...identified].map(([externalId, group]) => {
    const named = newest(group);
    const person = table === null ? undefined : tables[table].get(externalId);
    const known =
      person && (trusted || group.some((mention) => nameKey(mention.name) === nameKey(person.name)))
        ? person
        : undefined;
    const id =
      group.find((mention) => mention.salespersonId !== null)?.salespersonId ??
      recordId(walletId, 'salesperson', externalId);
    const aliases = new Set([...group.map((mention) => nameKey(mention.name)), nameKey(known?.name)]);
    const source: Source = known && table ? table : 'SALE';
    return { id, externalId, name: known?.name ?? named?.name ?? `Vendedor ${externalId}`, source, known, aliases };
  });

  const owners = unique(
    identifiedPeople.flatMap((person) => [...person.aliases].map((alias) => [alias, person.id] as const)),
  );
  const byName: Decision['byName'] = [];
  const nameless: typeof identifiedPeople = [];
  for (const [key, group] of groupBy(
    mentions.filter((mention) => mention.externalId === null),
    (mention) => nameKey(mention.name),
  )) {
    if (key === '') continue;
    const externalId = nameExternalId(key);
    const owner = owners.get(key);
    const id = owner ?? recordId(walletId, 'salesperson', externalId);
    for (const { name } of group) byName.push({ name: name ?? '', id });
    if (owner === undefined)
      nameless.push({
        id,
        externalId,
        name: newest(group)?.name ?? key,
        source: 'SALE',
        known: undefined,
        aliases: new Set([key]),
      });
  }

  const everybody = [...identifiedPeople, ...nameless];
  const usersByName = unique(users.map((user) => [nameKey(user.name), user] as const));
  const sellersByName = unique(everybody.map((person) => [nameKey(person.name), person.id] as const));
  const people = everybody.map(({ id, externalId, name, source, known }) => {
    const key = nameKey(name);
    const namesake = nameTokens(name).length > 1 && sellersByName.has(key) ? usersByName.get(key) : undefined;
    const metadata = known?.metadata ?? {
      vendedor_id: source === 'SALE' && externalId === nameExternalId(key) ? null : externalId,
      nome_vendedor: name,
    };
    return rowOf({ id, externalId, name, source, metadata }, source === 'USER' ? known : namesake);
  });
  return { people, byName, table, evidence: { users: found.USER.equal, employees: found.EMPLOYEE.equal } };
}
