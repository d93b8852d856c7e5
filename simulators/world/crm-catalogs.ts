// Lists ("catalogs") of the account: products, invoices and the categories of the chained field; and the sources that
// the calling integration has made.
import { CATEGORIES_CATALOG, INVOICES_CATALOG, PRODUCTS_CATALOG } from './crm-fields.ts';
import { AFTER_SALES_PIPELINE, MAIN_PIPELINE } from './crm-pipelines.ts';
import type { Catalog, CatalogElement, FieldEntry, Source } from './crm-records.ts';
import { EntryList } from './crm-values.ts';
import type { Fields } from './crm-values.ts';
import type { Seed } from './rng.ts';

const PRODUCTS = [
  'Camiseta básica',
  'Tênis 42',
  'Mochila urbana',
  'Garrafa térmica',
  'Jaqueta leve',
  'Boné',
  'Kit presente',
  'Instalação',
];
const CATEGORIES = ['Vestuário', 'Calçados', 'Acessórios', 'Serviços'];
const FIRST_ELEMENT = 4410;

export function catalogsOf(at: number, by: number): Catalog[] {
  const catalog = (id: number, name: string, sort: number, type: Catalog['type']): Catalog => ({
    id,
    name,
    sort,
    type,
    created_by: by,
    updated_by: by,
    created_at: at,
    updated_at: at,
  });
  return [
    catalog(PRODUCTS_CATALOG, 'Produtos', 10, 'products'),
    catalog(INVOICES_CATALOG, 'Faturas', 20, 'regular'),
    catalog(CATEGORIES_CATALOG, 'Categorias', 30, 'regular'),
  ];
}

export function elementsOf(seed: Seed, fields: Fields, at: number, by: number): CatalogElement[] {
  const rng = seed.rng('crm-elements', 0);
  const elements: CatalogElement[] = [];
  const put = (catalogId: number, name: string, values: FieldEntry[] | null): void => {
    elements.push({
      id: FIRST_ELEMENT + elements.length * 2,
      catalog_id: catalogId,
      name,
      created_by: by,
      updated_by: by,
      created_at: at + 100,
      updated_at: at + 100,
      custom_fields_values: values,
    });
  };
  PRODUCTS.forEach((name, index) => {
    const values = new EntryList(fields)
      .value(812440, `SKU-${100 + index}`)
      .value(812450, `${rng.int(20, 600)}${rng.chance(0.4) ? '.90' : ''}`)
      .choose(812452, index === PRODUCTS.length - 1 ? 1 : 0);
    if (index % 3 === 0) values.value(812454, `${name}, várias cores.`);
    put(PRODUCTS_CATALOG, name, values.done());
  });
  const item = {
    sku: 'SKU-100',
    description: PRODUCTS[0],
    unit_price: 59.9,
    quantity: 2,
    unit_type: 'un',
    discount: { type: 'percentage', value: 5 },
    vat_rate_id: 0,
    vat_rate_value: 0,
    external_uid: '',
    product_id: FIRST_ELEMENT,
    bonus_points_per_purchase: 0,
    metadata: null,
    is_discount_recalculated: false,
    is_total_sum_recalculated: false,
    total_sum: 113.81,
  };
  const payer = { name: 'Consumidor final', entity_id: 0, entity_type: 'contacts', catalog_id: null };
  put(
    INVOICES_CATALOG,
    'Fatura 1',
    new EntryList(fields).add(812470, { value: item }).add(812472, { value: payer }).done(),
  );
  CATEGORIES.forEach((name) => put(CATEGORIES_CATALOG, name, null));
  return elements;
}

export function sourcesOf(): Source[] {
  const whatsapp = {
    type: 'whatsapp',
    pages: [{ id: 'p1', name: 'Loja', link: '5531900000000' }],
    params: { waba: true, is_supports_list_message: true },
  };
  return [
    {
      id: 22871,
      name: 'Chat do site',
      pipeline_id: MAIN_PIPELINE,
      external_id: 'loja-1',
      services: [whatsapp],
      default: false,
      origin_code: null,
    },
    {
      id: 22873,
      name: 'Formulário de pós-venda',
      pipeline_id: AFTER_SALES_PIPELINE,
      external_id: 'pos-venda',
      services: [],
      default: false,
      origin_code: null,
    },
  ];
}
