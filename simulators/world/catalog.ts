// Products and services, suppliers and carriers. Money in integer cents, quantities in hundredths.
import { organizationOf } from './people.ts';
import type { Organization } from './people.ts';
import type { Seed } from './rng.ts';

export interface Product {
  index: number;
  id: string;
  variationId: string;
  name: string;
  code: string;
  barcode: string;
  unit: 'UN' | 'KG' | 'CX';
  costCents: number;
  priceCents: number;
  group: { id: string; name: string };
  stock: number;
  brand: string;
  active: boolean;
}

export interface Service {
  index: number;
  id: string;
  code: string;
  name: string;
  priceCents: number;
}

export const PRODUCT_GROUPS = [
  { id: '501', name: 'Insumos' },
  { id: '502', name: 'Utilidades' },
  { id: '503', name: 'Eletrônicos' },
  { id: '504', name: 'Decoração' },
] as const;

const THINGS = [
  'Farinha',
  'Açúcar',
  'Café torrado',
  'Luminária',
  'Cadeira',
  'Caixa organizadora',
  'Cabo USB',
  'Teclado',
  'Vaso cerâmica',
  'Quadro',
  'Papel sulfite',
  'Tinta acrílica',
  'Panela',
  'Ventilador',
] as const;
const VARIANTS = [
  'branco',
  'preto',
  '25kg',
  '1kg',
  'grande',
  'pequeno',
  'linha "Ouro"',
  'c/ tampa',
  '110/220V',
  'azul-claro',
] as const;
const BRANDS = ['Genérica', 'Aurora', 'Montês', 'Três Rios'] as const;
const WORKS = [
  'Entrega',
  'Instalação',
  'Manutenção',
  'Embalagem',
  'Consultoria',
  'Treinamento',
  'Calibração',
  'Frete expresso',
] as const;

const SUPPLIER_UID = 2_000_000;
const CARRIER_UID = 2_500_000;

export class Catalog {
  readonly #seed: Seed;

  constructor(seed: Seed) {
    this.#seed = seed;
  }

  product(index: number): Product {
    const rng = this.#seed.rng('product', index);
    const name = `${rng.pick(THINGS)} ${rng.pick(VARIANTS)}`;
    const costCents = rng.int(150, 40_000);
    return {
      index,
      id: String(17_676_001 + index),
      variationId: String(28_124_001 + index),
      name: `${name} ${index + 1}`,
      code: `P${String(index + 1).padStart(5, '0')}`,
      barcode: `789${String(index).padStart(10, '0')}`,
      unit: rng.chance(0.12) ? 'KG' : rng.chance(0.1) ? 'CX' : 'UN',
      costCents,
      priceCents: Math.round((costCents * rng.int(130, 240)) / 100),
      group: rng.pick(PRODUCT_GROUPS),
      stock: rng.int(0, 400),
      brand: rng.pick(BRANDS),
      active: rng.chance(0.95),
    };
  }

  service(index: number): Service {
    const rng = this.#seed.rng('service', index);
    return {
      index,
      id: String(437 + index),
      code: `S${index + 1}`,
      name: index < WORKS.length ? (WORKS[index] as string) : `${rng.pick(WORKS)} ${index + 1}`,
      priceCents: rng.int(3, 90) * 1000,
    };
  }

  supplier(index: number): Organization & { id: string } {
    return { ...organizationOf(this.#seed, SUPPLIER_UID + index), id: String(6101 + index) };
  }

  carrier(index: number): Organization & { id: string } {
    return { ...organizationOf(this.#seed, CARRIER_UID + index), id: String(7101 + index) };
  }
}
