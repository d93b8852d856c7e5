// The company itself: stores, statuses, payment methods, bank accounts, chart of accounts, cost centers, channels and
// custom attributes. Small tables, the same for every seed but for the number of stores.

export interface Store {
  id: string;
  name: string;
}

/** `launches`: 0 nothing, 1 stock and finance, 2 stock, 3 finance (gestao-click.md 5.6). */
export interface SaleStatus {
  id: string;
  name: string;
  isDefault: boolean;
  launches: 0 | 1 | 2 | 3;
}

export interface PaymentMethod {
  id: string;
  name: string;
  /** PI pix, BB boleto, CC credit card, CD debit card, DI cash, TB transfer, CL client credit, OU other. */
  kind: 'PI' | 'BB' | 'CC' | 'CD' | 'DI' | 'TB' | 'CL' | 'OU';
}

export interface LedgerAccount {
  id: string;
  code: string;
  kind: 'C' | 'D';
  name: string;
  parentId: string | null;
  parentName: string | null;
}

export interface AttributeDefinition {
  id: string;
  name: string;
  kind: 'texto_simples' | 'numeros' | 'data' | 'check_list' | 'cpf' | 'cnpj';
  options: string[];
}

const STORE_NAMES = [
  'Matriz',
  'Filial Savassi',
  'Filial Contagem',
  'Filial Campinas',
  'Filial Niterói',
  'Filial Centro',
] as const;

/** The head office first: it is the store that answers when none is named, and it has the lowest id. */
export function storesOf(count: number): Store[] {
  return Array.from({ length: count }, (_, i) => ({
    id: String(2001 + i),
    name: STORE_NAMES[i] ?? `Filial ${i + 1}`,
  }));
}

export const SALE_STATUSES = [
  { id: '2628001', name: 'Em aberto', isDefault: true, launches: 0 },
  { id: '2628002', name: 'Em andamento', isDefault: false, launches: 2 },
  { id: '2628003', name: 'Confirmado', isDefault: false, launches: 3 },
  { id: '2628004', name: 'Concretizada', isDefault: false, launches: 1 },
  { id: '2628005', name: 'Cancelada', isDefault: false, launches: 0 },
  { id: '2628006', name: 'Aguardando retirada', isDefault: false, launches: 1 },
] as const satisfies readonly SaleStatus[];

export const QUOTE_STATUSES = [
  { id: '2629001', name: 'Em aberto', isDefault: true, launches: 0 },
  { id: '2629002', name: 'Aprovado', isDefault: false, launches: 0 },
  { id: '2629003', name: 'Recusado', isDefault: false, launches: 0 },
] as const satisfies readonly SaleStatus[];

export const PAYMENT_METHODS = [
  { id: '1715001', name: 'Boleto', kind: 'BB' },
  { id: '1715002', name: 'PIX', kind: 'PI' },
  { id: '1715003', name: 'Cartão de crédito', kind: 'CC' },
  { id: '1715004', name: 'Cartão de débito', kind: 'CD' },
  { id: '1715005', name: 'Dinheiro à vista', kind: 'DI' },
  { id: '1715006', name: 'Transferência bancária', kind: 'TB' },
  { id: '1715007', name: 'Crédito do cliente', kind: 'CL' },
  { id: '1715008', name: 'Outros', kind: 'OU' },
] as const satisfies readonly PaymentMethod[];

export const BANK_ACCOUNTS = [
  { id: '3301', name: 'Conta principal' },
  { id: '3302', name: 'Conta poupança' },
  { id: '3303', name: 'Caixa da loja' },
] as const;

export const LEDGER_ACCOUNTS: readonly LedgerAccount[] = [
  { id: '11660000', code: '1', kind: 'C', name: 'Receitas', parentId: null, parentName: null },
  {
    id: '11660001',
    code: '1.1',
    kind: 'C',
    name: 'Vendas de produtos',
    parentId: '11660000',
    parentName: 'Receitas',
  },
  {
    id: '11660002',
    code: '1.2',
    kind: 'C',
    name: 'Prestação de serviços',
    parentId: '11660000',
    parentName: 'Receitas',
  },
  {
    id: '11660003',
    code: '1.3',
    kind: 'C',
    name: 'Outras receitas',
    parentId: '11660000',
    parentName: 'Receitas',
  },
  { id: '11670000', code: '2', kind: 'D', name: 'Despesas', parentId: null, parentName: null },
  {
    id: '11670001',
    code: '2.1',
    kind: 'D',
    name: 'Fornecedores',
    parentId: '11670000',
    parentName: 'Despesas',
  },
  {
    id: '11670002',
    code: '2.2',
    kind: 'D',
    name: 'Salários e comissões',
    parentId: '11670000',
    parentName: 'Despesas',
  },
  { id: '11670003', code: '2.3', kind: 'D', name: 'Fretes', parentId: '11670000', parentName: 'Despesas' },
  {
    id: '11670004',
    code: '2.4',
    kind: 'D',
    name: 'Aluguel e condomínio',
    parentId: '11670000',
    parentName: 'Despesas',
  },
  {
    id: '11670005',
    code: '2.5',
    kind: 'D',
    name: 'Energia elétrica / água',
    parentId: '11670000',
    parentName: 'Despesas',
  },
];

export const COST_CENTERS = [
  { id: '61', name: 'Varejo', createdAt: '2024-05-05 08:00:00' },
  { id: '62', name: 'Atacado', createdAt: '2024-05-05 08:01:00' },
  { id: '63', name: 'Administração', createdAt: '2024-05-05 08:02:00' },
] as const;

export const CHANNELS = ['Presencial', 'Internet', 'WhatsApp', 'Telefone', ''] as const;

export const SALE_ATTRIBUTES: readonly AttributeDefinition[] = [
  {
    id: '73',
    name: 'Origem',
    kind: 'texto_simples',
    options: ['Instagram', 'Indicação', 'Google', 'Vitrine', 'Feira'],
  },
  { id: '74', name: 'Nº do pedido do cliente', kind: 'numeros', options: [] },
  { id: '75', name: 'Embalagem para presente', kind: 'check_list', options: ['Sim', 'Não'] },
];

export const CLIENT_ATTRIBUTES: readonly AttributeDefinition[] = [
  { id: '41', name: 'Segmento', kind: 'check_list', options: ['Varejo', 'Atacado', 'Parceiro'] },
  { id: '42', name: 'Data da primeira visita', kind: 'data', options: [] },
];

export const PRODUCT_ATTRIBUTES: readonly AttributeDefinition[] = [
  { id: '21', name: 'Marca', kind: 'texto_simples', options: ['Genérica', 'Aurora', 'Montês', 'Três Rios'] },
];
