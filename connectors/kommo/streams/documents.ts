// CPF and CNPJ in the custom fields of a record. Kommo has no field of its own for them (kommo.md 9): accounts keep them in a
// text field with a telling name, or in `legal_entity.vat_id`. Check digits decide whether a value is one.
import { documentOf, nameKey } from '../../../lib/brazil/index.ts';
import type { WireFieldEntry } from '../wire.ts';

/** Words that a field for documents has in its name or code. */
const HINTS = new Set(['cpf', 'cnpj', 'cpfcnpj', 'cnpjcpf', 'documento', 'documentos', 'document', 'doc', 'vat', 'taxid']);

const hinted = new Map<string, boolean>();
const HINTED_LIMIT = 5_000;

/** Whether a field's name or code says that it holds documents; asked for each value of a million records, so remembered. */
function holdsDocuments({ field_name: name, field_code: code }: WireFieldEntry): boolean {
  const key = `${name ?? ''} ${code ?? ''}`;
  let answer = hinted.get(key);
  if (answer === undefined) {
    answer = nameKey(key.replaceAll('_', ' ')).split(' ').some((word) => HINTS.has(word));
    if (hinted.size >= HINTED_LIMIT) hinted.clear();
    hinted.set(key, answer);
  }
  return answer;
}

const candidates = (text: string): string[] => [text, ...(/[,;|\n]|\s(?:e|ou)\s/i.test(text) ? text.split(/[,;|\n]|\s(?:e|ou)\s/i) : [])];

/** Documents of a record, canonical (see `documentOf`), each once, in the order of its fields. */
export function documentsOf(entries: readonly WireFieldEntry[]): string[] {
  const found = new Set<string>();
  for (const entry of entries) {
    const hint = holdsDocuments(entry);
    for (const { value } of entry.values ?? []) {
      const number = typeof value === 'object' && value !== null ? (value as { vat_id?: unknown }).vat_id : hint ? value : null;
      if (typeof number !== 'string' && typeof number !== 'number') continue;
      for (const text of candidates(String(number))) {
        const document = documentOf(text);
        if (document !== null) found.add(document);
      }
    }
  }
  return [...found];
}
