// Salesperson: who sells (vendedor).
import {
  asEntity,
  byColumn,
  equals,
  idIn,
  lookahead,
  matches,
  nestedConnection,
  openConnection,
  pageArgs,
  recordFields,
  rowById,
} from '../../lib/graphql/index.ts';
import { builder } from './builder.ts';
import { Salesperson, SaleConnection, SalespersonConnection } from './refs.ts';
import { saleConditions, SaleFilter, saleOrder, SaleOrder } from './sale-filter.ts';
import { sale, salesperson } from './tables/index.ts';

const SalespersonSource = builder.enumType('SalespersonSource', {
  description: 'Where the ERP keeps this person.',
  values: {
    USER: { description: 'usuários' },
    EMPLOYEE: { description: 'funcionários' },
    SALE: { description: 'only named by sales' },
  } as const,
});

const SalespersonFilter = builder.inputType('SalespersonFilter', {
  description: 'All conditions together; an empty list restricts nothing.',
  fields: (t) => ({
    search: t.string({ description: 'Every word must stand in the name; accents do not matter.' }),
    active: t.boolean(),
    walletIds: t.idList({ description: 'Connected accounts.' }),
  }),
});

Salesperson.implement({
  description: 'A person who sells (vendedor).',
  fields: (t) => ({
    ...recordFields(t, salesperson),
    name: t.exposeString('name'),
    source: t.expose('source', { type: SalespersonSource }),
    email: t.exposeString('email', { nullable: true }),
    phones: t.exposeStringList('phones'),
    document: t.exposeString('document', { nullable: true, description: 'CPF or CNPJ, digits and letters only.' }),
    active: t.exposeBoolean('active'),
    sales: t.field({
      type: SaleConnection,
      args: { ...pageArgs(t.arg), filter: t.arg({ type: SaleFilter }), orderBy: t.arg({ type: SaleOrder }) },
      resolve: (row, args, context, info) =>
        nestedConnection(
          context,
          info,
          row.id,
          {
            source: sale,
            parent: byColumn('salesperson_id'),
            where: saleConditions(args.filter),
            order: saleOrder(args.orderBy),
          },
          args,
        ),
    }),
  }),
});
asEntity(builder, Salesperson, salesperson);

builder.queryFields((t) => ({
  salespeople: t.field({
    type: SalespersonConnection,
    nullable: true,
    description: 'By name.',
    args: { ...pageArgs(t.arg), filter: t.arg({ type: SalespersonFilter }) },
    resolve: (_root, args, context, info) => {
      const { search, active, walletIds } = args.filter ?? {};
      const where = [...matches(search, 'name_key'), ...equals('active', active), ...idIn('wallet_id', walletIds)];
      return openConnection(
        context,
        { source: salesperson, where, order: { column: 'name', type: 'text', direction: 'ASC' } },
        args,
        lookahead(info),
      );
    },
  }),
  salesperson: t.field({
    type: Salesperson,
    nullable: true,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, context) => rowById(context, salesperson, id),
  }),
}));
