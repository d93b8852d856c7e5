// All streams of Gestão Click, in an order in which references mostly find their target.
import type { Stream } from '../../../sync/types.ts';
import { products, services } from './catalog.ts';
import { clients, employees, users } from './parties.ts';
import { quotes } from './quotes.ts';
import { sales } from './sales.ts';
import {
  bankAccounts,
  clientAttributes,
  costCenters,
  ledgerAccounts,
  paymentMethods,
  saleAttributes,
  saleStatuses,
  stores,
} from './settings.ts';
import { createStream, type House } from './stream.ts';
import { payables, receivables } from './titles.ts';

export function createStreams(house: House): readonly Stream[] {
  return [
    createStream(stores, house),
    createStream(users, house),
    createStream(employees, house),
    createStream(saleStatuses, house),
    createStream(paymentMethods, house),
    createStream(bankAccounts, house),
    createStream(ledgerAccounts, house),
    createStream(costCenters, house),
    createStream(clientAttributes, house),
    createStream(saleAttributes, house),
    createStream(products, house),
    createStream(services, house),
    createStream(clients, house),
    createStream(sales, house),
    createStream(receivables, house),
    createStream(payables, house),
    createStream(quotes, house),
  ];
}
