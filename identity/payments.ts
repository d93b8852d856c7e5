// Ties what is to be received to the sale it comes from. Titles of the ERP carry no sale id, only the text "Venda de nº 1532"
// (gestao-click.md section 7), and numbers repeat between kinds of sale and stores: a title is tied where exactly one sale
// fits, else not at all. Then decides which planned instalments are shown: those whose sale has no titles yet.
import { cancellable } from './cancellable.ts';
import type { SettleStep } from './step.ts';

/**
 * A sale fits a title of the same number and store (where both name one) when both have the same client; where neither has
 * one (counter sales) it must have an instalment of exactly that amount. Two that fit decide nothing.
 */
const TIE = `
  WITH fit AS (
    SELECT title.id, count(*) AS sales, min(sale.id::text)::uuid AS sale_id
      FROM gestao_click.payment AS title
      JOIN gestao_click.sale AS sale ON sale.wallet_id = title.wallet_id AND sale.number = title.sale_number
     WHERE title.wallet_id = $1::uuid AND title.origin = 'TITLE' AND title.direction = 'RECEIVABLE'
       AND (title.store_id IS NULL OR sale.store_id IS NULL OR title.store_id = sale.store_id)
       AND (title.client_id = sale.client_id
            OR (title.client_id IS NULL AND sale.client_id IS NULL
                AND EXISTS (SELECT FROM gestao_click.payment AS planned
                             WHERE planned.sale_id = sale.id AND planned.origin = 'INSTALMENT' AND planned.amount = title.amount)))
     GROUP BY title.id),
  decided AS (
    SELECT title.id, CASE WHEN fit.sales = 1 THEN fit.sale_id END AS sale_id
      FROM gestao_click.payment AS title LEFT JOIN fit ON fit.id = title.id
     WHERE title.wallet_id = $1::uuid AND title.origin = 'TITLE')
  UPDATE gestao_click.payment AS title SET sale_id = decided.sale_id
    FROM decided
   WHERE decided.id = title.id AND title.sale_id IS DISTINCT FROM decided.sale_id`;

const SHOW = `
  WITH decided AS (
    SELECT planned.id,
           sale.id IS NOT NULL AND NOT sale.launched AND status.outcome IS DISTINCT FROM 'CANCELLED'
           AND NOT EXISTS (SELECT FROM gestao_click.payment AS title WHERE title.sale_id = planned.sale_id AND title.origin = 'TITLE') AS visible
      FROM gestao_click.payment AS planned
      LEFT JOIN gestao_click.sale AS sale ON sale.id = planned.sale_id
      LEFT JOIN gestao_click.sale_status AS status ON status.id = sale.status_id
     WHERE planned.wallet_id = $1::uuid AND planned.origin = 'INSTALMENT')
  UPDATE gestao_click.payment AS planned SET visible = decided.visible
    FROM decided
   WHERE decided.id = planned.id AND planned.visible <> decided.visible`;

/** Settles the payments of an ERP account; does nothing for a CRM account. */
export const payments: SettleStep = {
  name: 'payments',
  async run({ database, walletId, provider, signal, log }) {
    if (provider !== 'GESTAO_CLICK') return;
    const counts = await cancellable(database, signal, async (client) => {
      const tied = await client.query(TIE, [walletId]);
      const shown = await client.query(SHOW, [walletId]);
      return { tied: tied.rowCount, shown: shown.rowCount };
    });
    log.info(counts, 'Payments settled.');
  },
};
