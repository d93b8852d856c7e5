// Definitions of the custom fields of the simulated account: every type of kommo.md 4.5 stands on at least one entity.
// As in real accounts most own fields have no code, the CPF/CNPJ is a plain text field, and names are Portuguese.
import type { FieldDefinition, FieldEnum, FieldOwner, FieldType } from './crm-records.ts';

export const PRODUCTS_CATALOG = 3321;
export const INVOICES_CATALOG = 3322;
export const CATEGORIES_CATALOG = 3323;

interface Draft {
  id: number;
  name: string;
  type: FieldType;
  code?: string;
  /** Labels of the options, or `[label, code]` pairs. */
  enums?: readonly (string | readonly [string, string])[];
  predefined?: boolean;
  group?: string;
  catalog?: number;
  currency?: string;
  remind?: string;
  apiOnly?: boolean;
}

const PHONE_ENUMS = ['WORK', 'WORKDD', 'MOB', 'FAX', 'HOME', 'OTHER'].map((code) => [code, code] as const);
const EMAIL_ENUMS = ['WORK', 'PRIV', 'OTHER'].map((code) => [code, code] as const);
const ORIGINS = ['Instagram', 'Google', 'Indicação', 'Facebook', 'WhatsApp', 'Feira', 'Site', 'Visita na loja'];
const SEGMENTS = ['Varejo', 'Atacado', 'Serviços', 'Indústria', 'Food service', 'Revenda'];
const INTERESTS = ['Promoções', 'Lançamentos', 'Reposição', 'Assistência técnica', 'Treinamento'];
export const UTM_FIELDS = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_content', 'utm_term', 'gclid', 'fbclid'];

const CONTACT_FIELDS: readonly Draft[] = [
  { id: 811999, name: 'Cargo', type: 'text', code: 'POSITION', predefined: true },
  { id: 812001, name: 'Telefone', type: 'multitext', code: 'PHONE', predefined: true, enums: PHONE_ENUMS },
  { id: 812003, name: 'E-mail', type: 'multitext', code: 'EMAIL', predefined: true, enums: EMAIL_ENUMS },
  { id: 812977, name: 'CPF/CNPJ', type: 'text' },
  { id: 812979, name: 'Aniversário', type: 'birthday', remind: 'week' },
  { id: 812981, name: 'Segmento', type: 'select', code: 'SEGMENTO', enums: SEGMENTS },
  { id: 812983, name: 'Origem', type: 'select', code: 'ORIGEM', enums: ORIGINS },
  { id: 812985, name: 'Interesses', type: 'multiselect', enums: INTERESTS },
  { id: 812987, name: 'Contato preferido', type: 'radiobutton', enums: ['Telefone', 'WhatsApp', 'E-mail'] },
  { id: 812989, name: 'Aceita novidades', type: 'checkbox' },
  { id: 812991, name: 'Pontos do programa', type: 'numeric' },
  { id: 812993, name: 'Limite de crédito', type: 'monetary', currency: 'BRL' },
  { id: 812995, name: 'Cliente desde', type: 'date' },
  { id: 812997, name: 'Último atendimento', type: 'date_time' },
  { id: 812999, name: 'Perfil na internet', type: 'url' },
  { id: 813001, name: 'Endereço', type: 'smart_address' },
  { id: 813003, name: 'Observações', type: 'textarea' },
  { id: 813005, name: 'Código no ERP', type: 'text', code: 'ERP_ID', apiOnly: true },
  { id: 813007, name: 'Documento digitalizado', type: 'file' },
];

const LEAD_FIELDS: readonly Draft[] = [
  { id: 814001, name: 'Origem', type: 'select', code: 'ORIGEM', enums: ORIGINS },
  { id: 814003, name: 'Quantidade de itens', type: 'numeric' },
  { id: 814005, name: 'Comissão prevista', type: 'monetary', currency: 'BRL' },
  { id: 814007, name: 'Previsão de fechamento', type: 'date' },
  { id: 814009, name: 'Entrega agendada', type: 'date_time' },
  {
    id: 814011,
    name: 'Produtos de interesse',
    type: 'multiselect',
    enums: ['Linha básica', 'Linha premium', 'Peças', 'Serviço', 'Kit'],
  },
  { id: 814013, name: 'Entrega expressa', type: 'checkbox' },
  { id: 814015, name: 'Link do orçamento', type: 'url' },
  { id: 814017, name: 'Forma de entrega', type: 'radiobutton', enums: ['Retira na loja', 'Transportadora', 'Motoboy'] },
  { id: 814019, name: 'Número do pedido', type: 'text', code: 'PEDIDO' },
  { id: 814021, name: 'Pedido do cliente', type: 'textarea' },
  { id: 814023, name: 'Endereço de entrega', type: 'smart_address' },
  { id: 814025, name: 'Rua da obra', type: 'streetaddress' },
  { id: 814027, name: 'Faturar para', type: 'legal_entity' },
  { id: 814029, name: 'Categoria', type: 'chained_list' },
  { id: 814031, name: 'Proposta assinada', type: 'file' },
  { id: 814033, name: 'Motivo do contato', type: 'select', enums: ['Compra', 'Troca', 'Orçamento', 'Parceria'] },
  ...UTM_FIELDS.map((name, index) => ({
    id: 814101 + index * 2,
    name,
    type: 'tracking_data' as const,
    code: name.toUpperCase(),
    predefined: true,
    group: 'statistic',
  })),
];

const COMPANY_FIELDS: readonly Draft[] = [
  { id: 815001, name: 'Telefone', type: 'multitext', code: 'PHONE', predefined: true, enums: PHONE_ENUMS },
  { id: 815003, name: 'E-mail', type: 'multitext', code: 'EMAIL', predefined: true, enums: EMAIL_ENUMS },
  { id: 815005, name: 'Site', type: 'url', code: 'WEB', predefined: true },
  { id: 815007, name: 'Endereço', type: 'textarea', code: 'ADDRESS', predefined: true },
  { id: 815009, name: 'Dados fiscais', type: 'legal_entity' },
  { id: 815011, name: 'CNPJ', type: 'text' },
  { id: 815013, name: 'Segmento', type: 'select', code: 'SEGMENTO', enums: SEGMENTS },
  { id: 815015, name: 'Faturamento anual', type: 'monetary', currency: 'BRL' },
  { id: 815017, name: 'Funcionários', type: 'numeric' },
  { id: 815019, name: 'Contrato vigente', type: 'checkbox' },
  { id: 815021, name: 'Renovação do contrato', type: 'date' },
  { id: 815023, name: 'Endereço de cobrança', type: 'smart_address' },
];

const CUSTOMER_FIELDS: readonly Draft[] = [
  { id: 816001, name: 'Plano', type: 'select', enums: ['Mensal', 'Anual'] },
  { id: 816003, name: 'Renova em', type: 'date' },
];

const CATALOG_FIELDS: readonly Draft[] = [
  { id: 812440, name: 'SKU', type: 'text', code: 'SKU', predefined: true, catalog: PRODUCTS_CATALOG },
  { id: 812450, name: 'Preço', type: 'price', code: 'PRICE', predefined: true, catalog: PRODUCTS_CATALOG },
  {
    id: 812452,
    name: 'Grupo',
    type: 'category',
    code: 'GROUP',
    catalog: PRODUCTS_CATALOG,
    enums: ['Geral', 'Serviços', 'Peças'],
  },
  { id: 812454, name: 'Descrição', type: 'textarea', code: 'DESCRIPTION', predefined: true, catalog: PRODUCTS_CATALOG },
  { id: 812470, name: 'Itens', type: 'items', code: 'ITEMS', predefined: true, catalog: INVOICES_CATALOG },
  { id: 812472, name: 'Pagador', type: 'linked_entity', code: 'PAYER', predefined: true, catalog: INVOICES_CATALOG },
];

const OWNERS: readonly (readonly [FieldOwner, readonly Draft[]])[] = [
  ['contacts', CONTACT_FIELDS],
  ['leads', LEAD_FIELDS],
  ['companies', COMPANY_FIELDS],
  ['customers', CUSTOMER_FIELDS],
  ['catalogs', CATALOG_FIELDS],
];

function enumsOf(draft: Draft): FieldEnum[] | null {
  if (!draft.enums) return null;
  return draft.enums.map((option, index) => {
    const [value, code] = typeof option === 'string' ? [option, undefined] : option;
    // ids of options are unique in the account; a field id leaves room for 100
    const id = (draft.id - 800_000) * 100 + index * 2 + 1;
    return { id, value, sort: (index + 1) * 10, ...(code === undefined ? {} : { code }) };
  });
}

/** All definitions of a fresh account, in the order of their `sort` per entity. */
export function fieldDefinitions(): FieldDefinition[] {
  return OWNERS.flatMap(([entity_type, drafts]) =>
    drafts.map((draft, index): FieldDefinition => ({
      id: draft.id,
      name: draft.name,
      type: draft.type,
      code: draft.code ?? null,
      sort: 500 + index * 10,
      entity_type,
      catalog_id: draft.catalog ?? null,
      is_api_only: draft.apiOnly ?? false,
      is_deletable: !draft.predefined,
      is_predefined: draft.predefined ?? false,
      group_id: draft.group ?? null,
      enums: enumsOf(draft),
      required_statuses: [],
      hidden_statuses: [],
      currency: draft.currency ?? null,
      remind: draft.remind ?? null,
      tracking_callback: draft.type === 'tracking_data' ? 'function(params) {}' : null,
      chained_lists:
        draft.type === 'chained_list'
          ? [{ title: 'Categoria', catalog_id: CATEGORIES_CATALOG, parent_catalog_id: null }]
          : null,
    })),
  );
}
