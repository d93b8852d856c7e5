// The made-up records of the in-memory graph: the same in every process, so that all contenders answer the same bytes.
export const SALES = 2_000;
const SALESPEOPLE = 23;
const CLIENTS = 400;

export interface SaleRecord {
  readonly id: string;
  readonly number: string;
  readonly date: string;
  readonly status: 'OPEN' | 'CONFIRMED' | 'CANCELLED';
  readonly total: string;
  readonly discount: string | null;
  readonly clientId: string;
  readonly salespersonId: string;
}
export interface ClientRecord {
  readonly id: string;
  readonly name: string;
  readonly document: string;
}
export interface PaymentRecord {
  readonly id: string;
  readonly status: 'OPEN' | 'PAID';
  readonly dueDate: string;
  readonly amount: string;
}
export interface SalespersonRecord {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly phone: string;
}
export interface ContactRecord {
  readonly id: string;
  readonly name: string;
  readonly emails: readonly string[];
}
export interface CustomFieldRecord {
  readonly name: string;
  readonly value: string | null;
}
export interface DealRecord {
  readonly id: string;
  readonly name: string;
  readonly price: string;
}

const FIRST = ['Ana', 'João', 'Márcia', 'Luís', 'Célia', 'Antônio', 'Beatriz', 'José'];
const LAST = ['Araújo', 'Conceição', 'Gonçalves', 'Magalhães', 'Simões', 'Patrício', 'Moura'];
const nameOf = (index: number): string => `${FIRST[index % FIRST.length]} ${LAST[(index * 3) % LAST.length]}`;
const day = (index: number): string => `2026-${String(1 + (index % 12)).padStart(2, '0')}-${String(1 + (index % 28)).padStart(2, '0')}`;
const money = (index: number): string => `${(index * 7919) % 90_000}.${String((index * 31) % 100).padStart(2, '0')}`;
const list = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, index) => make(index));

export const sales: readonly SaleRecord[] = list(SALES, (index) => ({
  id: `sale-${index}`,
  number: String(10_000 + index),
  date: day(index),
  status: (['OPEN', 'CONFIRMED', 'CONFIRMED', 'CANCELLED'] as const)[index % 4]!,
  total: money(index),
  discount: index % 3 === 0 ? money(index % 97) : null,
  clientId: `client-${(index * 13) % CLIENTS}`,
  salespersonId: `salesperson-${(index * 5) % SALESPEOPLE}`,
}));
export const clients: ReadonlyMap<string, ClientRecord> = new Map(
  list(CLIENTS, (index) => [`client-${index}`, { id: `client-${index}`, name: `${nameOf(index)} & Cia. "Nº ${index}"`, document: String(10_000_000_000_191 + index * 1_000_003) }]),
);
export const payments: ReadonlyMap<string, readonly PaymentRecord[]> = new Map(
  sales.map(({ id }, index) => [id, list(1 + (index % 3), (part) => ({ id: `payment-${index}-${part}`, status: part === 0 ? 'PAID' : 'OPEN', dueDate: day(index + part), amount: money(index + part) }))]),
);
export const salespeople: ReadonlyMap<string, SalespersonRecord> = new Map(
  list(SALESPEOPLE, (index) => [`salesperson-${index}`, { id: `salesperson-${index}`, name: nameOf(index), email: `seller${index}@example.com`, phone: `+55 11 9${String(80_000_000 + index)}` }]),
);

const contactKey = (email: string | null, phone: string | null): string => `${email ?? ''}|${phone ?? ''}`;
const contactsByKey = new Map(
  [...salespeople.values()].map(({ name, email, phone }, index): [string, ContactRecord] => [contactKey(email, phone), { id: `contact-${index}`, name: `${name} (CRM)`, emails: [email, `${index}@crm.example.com`] }]),
);
/** The CRM's contact with this e-mail and phone. */
export const contactOf = (email: string | null, phone: string | null): ContactRecord | undefined => contactsByKey.get(contactKey(email, phone));
export const customFields: ReadonlyMap<string, readonly CustomFieldRecord[]> = new Map(
  [...salespeople.keys()].map((id, index) => [id, list(2, (field) => ({ name: ['Região', 'Meta "mensal"'][field]!, value: field === 1 && index % 4 === 0 ? null : `valor ${index * 10 + field}` }))]),
);
export const deals: ReadonlyMap<string, readonly DealRecord[]> = new Map(
  [...salespeople.keys()].map((id, index) => [id, list(1 + (index % 3), (deal) => ({ id: `deal-${index}-${deal}`, name: `Negócio ${index}/${deal}`, price: money(index * 17 + deal) }))]),
);
