// The types of this subgraph by name, so that files can point to each other's types; their fields stand in their own files.
import { connectionType } from '../../lib/graphql/index.ts';
import { builder } from './builder.ts';
import type {
  ClientRow,
  ExtraFieldDefinitionRow,
  ExtraFieldRow,
  ItemRow,
  LedgerAccountRow,
  NamedRow,
  PaymentMethodRow,
  PaymentRow,
  ProductRow,
  QuoteRow,
  SaleItemRow,
  SaleRow,
  SaleStatusRow,
  SalespersonRow,
  ServiceRow,
} from './tables/index.ts';

export const Store = builder.objectRef<NamedRow>('Store');
export const BankAccount = builder.objectRef<NamedRow>('BankAccount');
export const CostCenter = builder.objectRef<NamedRow>('CostCenter');
export const SaleStatus = builder.objectRef<SaleStatusRow>('SaleStatus');
export const PaymentMethod = builder.objectRef<PaymentMethodRow>('PaymentMethod');
export const LedgerAccount = builder.objectRef<LedgerAccountRow>('LedgerAccount');
export const Product = builder.objectRef<ProductRow>('Product');
export const Service = builder.objectRef<ServiceRow>('Service');
export const Client = builder.objectRef<ClientRow>('Client');
export const Salesperson = builder.objectRef<SalespersonRow>('Salesperson');
export const ExtraField = builder.objectRef<ExtraFieldRow>('ExtraField');
export const ExtraFieldDefinition = builder.objectRef<ExtraFieldDefinitionRow>('ExtraFieldDefinition');
export const Sale = builder.objectRef<SaleRow>('Sale');
export const SaleItem = builder.objectRef<SaleItemRow>('SaleItem');
export const Quote = builder.objectRef<QuoteRow>('Quote');
export const QuoteItem = builder.objectRef<ItemRow>('QuoteItem');
export const Payment = builder.objectRef<PaymentRow>('Payment');

export const SaleConnection = connectionType(builder, Sale);
export const PaymentConnection = connectionType(builder, Payment);
export const ClientConnection = connectionType(builder, Client);
export const SalespersonConnection = connectionType(builder, Salesperson);
export const ProductConnection = connectionType(builder, Product);
export const ServiceConnection = connectionType(builder, Service);
export const QuoteConnection = connectionType(builder, Quote);
