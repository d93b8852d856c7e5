// The rules by which two records are taken for one person: what each is worth, and when evidence is enough.

/** Strongest first; `identityLinks.reasons.rule` names them. */
export type LinkRule = 'DOCUMENT' | 'EMAIL' | 'PHONE' | 'NAME';

/** `NAME_PARTLY` (one name holds all words of the other) is shown as NAME and is worth less. */
export type EvidenceRule = LinkRule | 'NAME_PARTLY';

/** How sure a rule alone makes us, in percent. Rules that agree add up: 100 - the product of the doubts they leave. */
export const RULE_SCORES: Readonly<Record<EvidenceRule, number>> = {
  /** CPF or CNPJ, check digits right. */
  DOCUMENT: 100,
  EMAIL: 90,
  /** Area code and last 8 digits. */
  PHONE: 80,
  /** Same name of at least two words. Never enough by itself. */
  NAME: 50,
  NAME_PARTLY: 40,
};

/** Order of the rules: only candidates by the best rule of an end compete for it. */
export const RULE_RANKS: Readonly<Record<EvidenceRule, number>> = {
  DOCUMENT: 1,
  EMAIL: 2,
  PHONE: 3,
  NAME: 4,
  NAME_PARTLY: 4,
};

/** From this score on a candidate without rival is LINKED by itself. */
export const LINK_SCORE = 80;

/** Below this a candidate is not even suggested. */
export const SUGGESTION_SCORE = 30;

/** Taken off the score, and nothing links by itself, where both sides have a valid document of one kind and they differ. */
export const CONTRADICTION_COST = 60;

/** A value (telephone of an office, e-mail of an accountant) that more records of one side hold tells nothing about anybody. */
export const MAX_HOLDERS = 3;

export type LinkKind = 'SALESPERSON_CONTACT' | 'SALESPERSON_USER' | 'CLIENT_CONTACT';
export type Side = 'SALESPERSON' | 'CLIENT' | 'CONTACT' | 'USER';

/** What each kind joins, and whether its end in the CRM may stand on several links (a contact may be several clients). */
export const LINK_KINDS: Readonly<Record<LinkKind, { erp: Side; crm: Side; crmMany: boolean }>> = {
  SALESPERSON_CONTACT: { erp: 'SALESPERSON', crm: 'CONTACT', crmMany: false },
  SALESPERSON_USER: { erp: 'SALESPERSON', crm: 'USER', crmMany: false },
  CLIENT_CONTACT: { erp: 'CLIENT', crm: 'CONTACT', crmMany: true },
};
