// What a sale's state means. Every company names its own states; there is no flag for a cancelled one (gestao-click.md 5.2).
// A table of rules reads the name and `tipo_lancamento`; configuration goes before it, by the state's id or name.
import { nameKey } from '../../lib/brazil/index.ts';

export type Outcome = 'OPEN' | 'CONFIRMED' | 'CANCELLED';

export interface StatusFacts {
  readonly externalId: string | null;
  readonly name: string | null;
  /** tipo_lancamento: 0 nothing, 1 stock and finance, 2 stock, 3 finance; null where it is not known. */
  readonly launches: number | null;
}

interface Rule {
  readonly outcome: Outcome;
  readonly name?: RegExp;
  readonly launches?: readonly number[];
}

/** The first that fits. A cancelled sale stays cancelled whatever it launches; what launches finance is a sale that stands. */
const RULES: readonly Rule[] = [
  { outcome: 'CANCELLED', name: /\b(cancel|estorn|devolv|recus|perdid|anulad|desist)/ },
  { outcome: 'CONFIRMED', launches: [1, 3] },
  { outcome: 'OPEN', name: /\b(nao|sem|aguard\w*|pendente?s?|a confirmar|a faturar|em aberto|em andamento)\b/ },
  { outcome: 'CONFIRMED', name: /\b(concretiz|confirm|conclu|finaliz|faturad|entregue|aprovad|pag[ao]s?\b|fechad|realizad)/ },
];

/** Decides by configuration, then by the first rule that fits, else OPEN. */
export function createOutcomes(configured: Readonly<Record<string, Outcome>> = {}): (status: StatusFacts) => Outcome {
  const byKey = new Map(Object.entries(configured).map(([key, outcome]) => [nameKey(key), outcome]));
  return ({ externalId, name, launches }) => {
    const key = nameKey(name);
    const chosen = (externalId === null ? undefined : byKey.get(nameKey(externalId))) ?? byKey.get(key);
    if (chosen) return chosen;
    const fits = (rule: Rule): boolean =>
      (rule.name?.test(key) ?? true) && (rule.launches === undefined || (launches !== null && rule.launches.includes(launches)));
    return RULES.find(fits)?.outcome ?? 'OPEN';
  };
}
