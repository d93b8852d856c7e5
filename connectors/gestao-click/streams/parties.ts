// People and companies: clients, users of the ERP, employees (gestao-click.md 5.1, 5.6, 6).
import {
  documentKind,
  documentOf,
  emailKey,
  nameKey,
  onlyAlnum,
  phoneDisplay,
  phoneKeys,
  searchText,
} from '../../../lib/brazil/index.ts';
import { ENDPOINTS } from '../endpoints.ts';
import { ATTRIBUTE_VALUE, CLIENT, EMPLOYEE, ERP_USER } from '../tables.ts';
import { clientWire, namedWire, userWire, type ClientWire } from '../wire.ts';
import { attributeRows } from './attribute-values.ts';
import { idOf } from './references.ts';
import { baseColumns, single } from './settings.ts';
import type { StreamSpec } from './stream.ts';

/** Values that are there, each once. */
const present = (values: readonly (string | null)[]): string[] => [...new Set(values.filter((value) => value !== null))];

/** A telephone number as it is shown: tidy where it is a plausible one, else as it was typed. */
const shown = (phone: string): string => phoneDisplay(phone) ?? phone;

/** Texts that are telephone numbers: at least eight digits and no letters. */
const isPhone = (text: string): boolean => text.replace(/\D/g, '').length >= 8 && !/[@a-z]/i.test(text);

const KINDS: Readonly<Record<string, 'PERSON' | 'COMPANY' | 'FOREIGNER'>> = { PF: 'PERSON', PJ: 'COMPANY', ES: 'FOREIGNER' };

function clientKind({ tipo_pessoa: kind }: ClientWire, document: string | null): 'PERSON' | 'COMPANY' | 'FOREIGNER' {
  return KINDS[kind?.toUpperCase() ?? ''] ?? (document !== null && documentKind(document) === 'CNPJ' ? 'COMPANY' : 'PERSON');
}

export const clients: StreamSpec<typeof clientWire> = {
  endpoint: ENDPOINTS.clients,
  tables: [CLIENT, ATTRIBUTE_VALUE],
  wire: clientWire,
  toRecord(wire, origin) {
    const clientId = idOf(origin.walletId, 'client', wire.id);
    const name = wire.nome ?? wire.razao_social ?? wire.id;
    const document = documentOf(wire.cnpj) ?? documentOf(wire.cpf);
    const kind = clientKind(wire, document);
    const contacts = wire.contatos.map(({ contato }) => contato);
    const emails = present([wire.email, ...contacts].map((text) => emailKey(text)));
    const numbers = present([wire.telefone, wire.celular, ...contacts]).filter(isPhone);
    const phones = present(numbers.map(shown));
    const address = wire.enderecos[0];
    return {
      externalId: wire.id,
      row: {
        ...baseColumns('client', wire.id, origin),
        name,
        name_key: nameKey(name),
        // `nome` is what the company calls itself, `razao_social` its legal name.
        trade_name: kind === 'COMPANY' && wire.razao_social !== null ? wire.nome : null,
        kind,
        document,
        email: emailKey(wire.email) ?? emails[0] ?? null,
        email_keys: emails,
        phones,
        phone_keys: [...new Set(numbers.flatMap((number) => phoneKeys(number)))],
        active: wire.ativo ?? true,
        city: address?.nome_cidade ?? null,
        state: address?.estado ?? null,
        source_created_at: wire.cadastrado_em,
        source_updated_at: wire.modificado_em,
        search_text: searchText(name, wire.razao_social, document, emails, phones.map(onlyAlnum)),
      },
      others: { [ATTRIBUTE_VALUE.name]: attributeRows(origin.walletId, 'CLIENT', clientId, wire.atributos) },
    };
  },
};

export const users: StreamSpec<typeof userWire> = {
  endpoint: ENDPOINTS.users,
  tables: [ERP_USER],
  wire: userWire,
  toRecord: (wire, origin) =>
    single('erp_user', wire, origin, {
      name_key: nameKey(wire.nome ?? wire.id),
      email: emailKey(wire.email),
      phones: present(present([wire.telefone, wire.celular1, wire.celular2]).filter(isPhone).map(shown)),
      document: documentOf(wire.cpf),
      active: wire.ativo ?? true,
    }),
};

export const employees: StreamSpec<typeof namedWire> = {
  endpoint: ENDPOINTS.employees,
  tables: [EMPLOYEE],
  wire: namedWire,
  toRecord: (wire, origin) => single('employee', wire, origin, { name_key: nameKey(wire.nome ?? wire.id) }),
};
