// The subgraph that the public compatibility suite wants to see: its "products" schema and rows (products.graphql and
// COMPATIBILITY.md of the suite), built with the toolkit that our own subgraphs are built with.
import { specifiedDirectives, DirectiveLocation, GraphQLDirective } from 'graphql';
import { createBuilder, createRequestContext, toSubgraph, type RequestContext } from '../../lib/graphql/index.ts';
import type { Subgraph } from '../../lib/graphql/subgraph.ts';
import { silentLogger } from '../../lib/log.ts';

interface User {
  email: string;
  name: string;
  totalProductsCreated: number;
  yearsOfEmployment: number;
}
interface Study {
  caseNumber: string;
  description: string | null;
}
interface Research {
  study: Study;
  outcome: string | null;
}
interface Dimension {
  size: string;
  weight: number;
  unit: string;
}
interface Product {
  id: string;
  sku: string;
  package: string;
  variation: { id: string };
  dimensions: Dimension;
  createdBy: User;
  notes: string | null;
  research: Research[];
}
interface DeprecatedProduct {
  sku: string;
  package: string;
  reason: string;
  createdBy: User;
}

const JANE: User = { email: 'support@apollographql.com', name: 'Jane Smith', totalProductsCreated: 1337, yearsOfEmployment: 10 };
const RESEARCH: readonly Research[] = [
  { study: { caseNumber: '1234', description: 'Federation Study' }, outcome: null },
  { study: { caseNumber: '1235', description: 'Studio Study' }, outcome: null },
];
const DIMENSIONS: Dimension = { size: 'small', weight: 1, unit: 'kg' };
const PRODUCTS: readonly Product[] = [
  { id: 'apollo-federation', sku: 'federation', package: '@apollo/federation', variation: { id: 'OSS' }, dimensions: DIMENSIONS, createdBy: JANE, notes: null, research: [RESEARCH[0]!] },
  { id: 'apollo-studio', sku: 'studio', package: '', variation: { id: 'platform' }, dimensions: DIMENSIONS, createdBy: JANE, notes: null, research: [RESEARCH[1]!] },
];
const DEPRECATED: DeprecatedProduct = { sku: 'apollo-federation-v1', package: '@apollo/federation-v1', reason: 'Migrate to Federation V2', createdBy: JANE };

const CUSTOM = new GraphQLDirective({ name: 'custom', locations: [DirectiveLocation.OBJECT] });

/** The suite knows federation up to 2.3, and no directive that came later. */
const SPECIFICATION = {
  linkUrl: 'https://specs.apollo.dev/federation/v2.3',
  federationDirectives: ['@extends', '@external', '@inaccessible', '@interfaceObject', '@key', '@override', '@provides', '@requires', '@shareable', '@tag'],
  directives: [...specifiedDirectives, CUSTOM],
  composeDirectives: ['@custom' as const],
  extensions: { directives: [{ name: 'link', args: { url: 'https://myspecs.dev/myCustomDirective/v1.0', import: ['@custom'] } }] },
};

const nowhere = { rows: () => Promise.reject(new TypeError('The rows of this subgraph are in its memory')) };
const deprecatedProduct = ({ sku, package: name }: { sku: string; package: string }) => (sku === DEPRECATED.sku && name === DEPRECATED.package ? { ...DEPRECATED } : null);

export function createProducts(): Subgraph {
  const builder = createBuilder<RequestContext>();

  const Variation = builder.objectRef<{ id: string }>('ProductVariation').implement({ fields: (t) => ({ id: t.exposeID('id') }) });
  const CaseStudy = builder.objectRef<Study>('CaseStudy').implement({
    fields: (t) => ({ caseNumber: t.exposeID('caseNumber'), description: t.exposeString('description', { nullable: true }) }),
  });
  const Dimensions = builder.objectRef<Dimension>('ProductDimension').implement({
    shareable: true,
    fields: (t) => ({
      size: t.exposeString('size', { nullable: true }),
      weight: t.exposeFloat('weight', { nullable: true }),
      unit: t.exposeString('unit', { nullable: true, inaccessible: true }),
    }),
  });

  const UserRef = builder
    .externalRef('User', builder.selection<{ email: string }>('email'), (reference) => (reference.email === JANE.email ? { ...JANE, ...reference } : null))
    .implement({
      externalFields: (t) => ({
        email: t.id(),
        totalProductsCreated: t.int({ nullable: true }),
        yearsOfEmployment: t.int(),
      }),
      fields: (t) => ({
        name: t.string({ nullable: true, override: { from: 'users' }, resolve: () => JANE.name }),
        averageProductsCreatedPerYear: t.int({
          nullable: true,
          requires: builder.selection<{ totalProductsCreated: number; yearsOfEmployment: number }>('totalProductsCreated yearsOfEmployment'),
          resolve: ({ totalProductsCreated, yearsOfEmployment }) => Math.round(totalProductsCreated / yearsOfEmployment),
        }),
      }),
    });

  const ResearchRef = builder.objectRef<Research>('ProductResearch').implement({
    fields: (t) => ({ study: t.expose('study', { type: CaseStudy }), outcome: t.exposeString('outcome', { nullable: true }) }),
  });
  builder.asEntity(ResearchRef, {
    key: builder.selection<{ study: { caseNumber: string } }>('study { caseNumber }'),
    resolveReference: ({ study }) => copyOf(RESEARCH.find((each) => each.study.caseNumber === study.caseNumber)),
  });

  const ProductRef = builder.objectRef<Product>('Product').implement({
    directives: [{ name: 'custom', args: {} }] as never,
    fields: (t) => ({
      id: t.exposeID('id'),
      sku: t.exposeString('sku', { nullable: true }),
      package: t.exposeString('package', { nullable: true }),
      variation: t.expose('variation', { type: Variation, nullable: true }),
      dimensions: t.expose('dimensions', { type: Dimensions, nullable: true }),
      createdBy: t.field({ type: UserRef.provides<{ totalProductsCreated: number }>('totalProductsCreated'), nullable: true, resolve: ({ createdBy }) => createdBy }),
      notes: t.exposeString('notes', { nullable: true, tag: 'internal' }),
      research: t.expose('research', { type: [ResearchRef] }),
    }),
  });
  builder.asEntity(ProductRef, {
    key: [
      builder.selection<{ id: string }>('id'),
      builder.selection<{ sku: string; package: string }>('sku package'),
      builder.selection<{ sku: string; variation: { id: string } }>('sku variation { id }'),
    ],
    resolveReference: (reference) =>
      copyOf(
        PRODUCTS.find((product) => {
          if ('id' in reference) return product.id === reference.id;
          if (product.sku !== reference.sku) return false;
          return 'package' in reference ? product.package === reference.package : product.variation.id === reference.variation.id;
        }),
      ),
  });

  const DeprecatedRef = builder.objectRef<DeprecatedProduct>('DeprecatedProduct').implement({
    fields: (t) => ({
      sku: t.exposeString('sku'),
      package: t.exposeString('package'),
      reason: t.exposeString('reason', { nullable: true }),
      createdBy: t.field({ type: UserRef, nullable: true, resolve: ({ createdBy }) => createdBy }),
    }),
  });
  builder.asEntity(DeprecatedRef, { key: builder.selection<{ sku: string; package: string }>('sku package'), resolveReference: deprecatedProduct });

  const Inventory = builder.objectRef<{ id: string }>('Inventory').implement({
    fields: (t) => ({ id: t.exposeID('id'), deprecatedProducts: t.field({ type: [DeprecatedRef], resolve: () => [{ ...DEPRECATED }] }) }),
  });
  builder.asEntity(Inventory, { key: builder.selection<{ id: string }>('id'), interfaceObject: true, resolveReference: ({ id }) => ({ id }) });

  builder.queryFields((t) => ({
    product: t.field({
      type: ProductRef,
      nullable: true,
      args: { id: t.arg.id({ required: true }) },
      resolve: (_root, { id }) => copyOf(PRODUCTS.find((product) => product.id === String(id))),
    }),
    deprecatedProduct: t.field({
      type: DeprecatedRef,
      nullable: true,
      deprecationReason: 'Use product query instead',
      args: { sku: t.arg.string({ required: true }), package: t.arg.string({ required: true }) },
      resolve: (_root, wanted) => deprecatedProduct(wanted),
    }),
  }));

  return toSubgraph({ name: 'products', builder, log: silentLogger, specification: SPECIFICATION, createContext: (request) => createRequestContext(nowhere, request) });
}

/** Resolvers give rows of their own: the toolkit writes the name of its type into each that it found for a reference. */
const copyOf = <Row extends object>(row: Row | undefined): Row | null => (row === undefined ? null : { ...row });
