// The tables of the ERP as sources of the graph's types.
export * from './catalogs.ts';
export * from './payments.ts';
export * from './people.ts';
export * from './sales.ts';
