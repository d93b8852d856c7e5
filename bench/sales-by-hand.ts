// What somebody would write by hand for the main query alone: one SQL statement that makes the whole answer with json_agg,
// whose text goes out as it is. No graph, no other filter or field: the yardstick for what the graph costs.
import type pg from 'pg';

/** The place of the row before the page: its day and id. */
export interface After {
  readonly date: string;
  readonly id: string;
}

const money = (column: string) => `CASE WHEN scale(trim_scale(${column})) < 2 THEN round(${column}, 2) ELSE trim_scale(${column}) END::text`;
const instant = (column: string) => `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
const cursor = (alias: string) =>
  `translate(rtrim(encode(convert_to('["date DESC","' || ${alias}.date || '","' || ${alias}.id || '"]', 'utf8'), 'base64'), '='), E'+/\\n', '-_')`;
const LINKED = `l.status IN ('LINKED', 'CONFIRMED') AND l.present`;

/** `$1` today in São Paulo, then, where a place is given, its day and id. */
const statement = (first: number, after: boolean, totalCount: boolean): string => `
WITH page AS (
  SELECT * FROM gestao_click.sale t ${after ? 'WHERE (t.date, t.id) < ($2::date, $3::uuid)' : ''} ORDER BY t.date DESC, t.id DESC LIMIT ${first + 1}
), shown AS (SELECT * FROM page ORDER BY date DESC, id DESC LIMIT ${first}),
sellers AS MATERIALIZED (
  SELECT s.id, json_build_object('id', s.id, 'name', s.name, 'email', s.email, 'document', s.document, 'contact', (
    SELECT json_build_object('id', c.id, 'name', c.name, 'phones', c.phones, 'emails', c.emails,
      'customFields', (
        SELECT coalesce(json_agg(json_build_object('field', f.field, 'values', f.held) ORDER BY f.sort NULLS LAST, f.id), '[]') FROM (
          SELECT d.id, d.sort, json_build_object('id', d.id, 'name', d.name, 'code', d.code, 'type', d.type) AS field,
                 json_agg(json_build_object('text', v.text, 'number', ${money('v.number')}, 'date', ${instant('v.date')},
                   'option', CASE WHEN o.id IS NOT NULL THEN json_build_object('id', o.id, 'value', o.value) END) ORDER BY v.position) AS held
            FROM kommo.custom_field_value v JOIN kommo.custom_field d ON d.id = v.field_id
            LEFT JOIN kommo.custom_field_option o ON o.id = v.option_id AND o.field_id = v.field_id
           WHERE v.owner_id = c.id GROUP BY d.id) f),
      'deals', json_build_object(
        'totalCount', (SELECT count(*) FROM kommo.deal_contact dc WHERE dc.contact_id = c.id),
        'edges', (SELECT coalesce(json_agg(json_build_object('node', json_build_object('id', d.id, 'name', d.name, 'price', ${money('d.price')}, 'status', d.status,
            'stage', (SELECT json_build_object('id', st.id, 'name', st.name) FROM kommo.stage st WHERE st.id = d.stage_id),
            'pipeline', (SELECT json_build_object('id', p.id, 'name', p.name) FROM kommo.pipeline p WHERE p.id = d.pipeline_id))) ORDER BY d.source_updated_at DESC, d.id DESC), '[]')
          FROM (SELECT d.* FROM kommo.deal d JOIN kommo.deal_contact dc ON dc.deal_id = d.id WHERE dc.contact_id = c.id ORDER BY d.source_updated_at DESC, d.id DESC LIMIT 5) d)))
      FROM insights.identity_link l JOIN kommo.contact c ON c.id = l.crm_id
     WHERE l.kind = 'SALESPERSON_CONTACT' AND l.erp_id = s.id AND ${LINKED} LIMIT 1)) AS json
    FROM gestao_click.salesperson s WHERE s.id IN (SELECT salesperson_id FROM shown)
)
SELECT json_build_object('data', json_build_object('sales', json_build_object(
  ${totalCount ? `'totalCount', (SELECT count(*) FROM (SELECT 1 FROM gestao_click.sale LIMIT 10000) counted),` : ''}
  'pageInfo', json_build_object(
    'hasNextPage', (SELECT count(*) > ${first} FROM page),
    'hasPreviousPage', ${after ? 'EXISTS (SELECT 1 FROM gestao_click.sale t WHERE (t.date, t.id) >= ($2::date, $3::uuid))' : 'false'},
    'startCursor', (SELECT ${cursor('shown')} FROM shown ORDER BY date DESC, id DESC LIMIT 1),
    'endCursor', (SELECT ${cursor('shown')} FROM shown ORDER BY date, id LIMIT 1)),
  'edges', (SELECT coalesce(json_agg(json_build_object('cursor', ${cursor('t')}, 'node', json_build_object(
    'id', t.id, 'externalId', t.external_id, 'number', t.number, 'kind', t.kind, 'date', t.date,
    'status', (SELECT json_build_object('id', x.id, 'name', x.name, 'outcome', x.outcome) FROM gestao_click.sale_status x WHERE x.id = t.status_id),
    'total', ${money('t.total')}, 'discount', ${money('t.discount')}, 'freight', ${money('t.freight')}, 'channel', t.channel,
    'store', (SELECT json_build_object('id', x.id, 'name', x.name) FROM gestao_click.store x WHERE x.id = t.store_id),
    'items', (SELECT coalesce(json_agg(json_build_object('kind', i.kind, 'description', i.description, 'quantity', ${money('i.quantity')}, 'unitPrice', ${money('i.unit_price')},
        'discount', ${money('i.discount')}, 'total', ${money('i.total')}, 'product', (SELECT json_build_object('id', p.id, 'name', p.name) FROM gestao_click.product p WHERE p.id = i.product_id)) ORDER BY i.position), '[]')
      FROM gestao_click.sale_item i WHERE i.sale_id = t.id),
    'client', (SELECT json_build_object('id', c.id, 'name', c.name, 'kind', c.kind, 'document', c.document, 'email', c.email, 'phones', c.phones, 'contact', (
        SELECT json_build_object('id', k.id, 'name', k.name, 'phones', k.phones, 'emails', k.emails) FROM insights.identity_link l JOIN kommo.contact k ON k.id = l.crm_id
         WHERE l.kind = 'CLIENT_CONTACT' AND l.erp_id = c.id AND ${LINKED} LIMIT 1))
      FROM gestao_click.client c WHERE c.id = t.client_id),
    'salesperson', (SELECT s.json FROM sellers s WHERE s.id = t.salesperson_id),
    'payments', (SELECT coalesce(json_agg(json_build_object('id', p.id, 'status', CASE WHEN p.settled THEN 'PAID' WHEN p.origin = 'INSTALMENT' THEN 'PLANNED' WHEN p.due_date < $1::date THEN 'OVERDUE' ELSE 'OPEN' END,
        'dueDate', p.due_date, 'amount', ${money('p.amount')}, 'paidAt', p.paid_at, 'paidAmount', CASE WHEN p.settled THEN ${money('p.net_amount')} END,
        'method', (SELECT json_build_object('id', m.id, 'name', m.name, 'kind', m.kind) FROM gestao_click.payment_method m WHERE m.id = p.method_id)) ORDER BY p.due_date, p.position, p.id), '[]')
      FROM gestao_click.payment p WHERE p.sale_id = t.id AND p.visible),
    'customFields', (SELECT coalesce(json_agg(json_build_object('name', a.name, 'type', a.type, 'text', a.text) ORDER BY a.position), '[]') FROM gestao_click.attribute_value a WHERE a.owner_id = t.id AND a.owner_type = 'SALE'),
    'syncedAt', ${instant('t.synced_at')})) ORDER BY t.date DESC, t.id DESC), '[]') FROM shown t))))::text AS answer`;

export interface ByHand {
  /** The JSON text of the answer. */
  ask(first: number, after?: After): Promise<string>;
}

/** `prepared`: let Postgres keep the plan of the statement; without it the statement is planned for each request. */
export function createByHand(pool: pg.Pool, { today, prepared = true, totalCount = true }: { today: string; prepared?: boolean; totalCount?: boolean }): ByHand {
  const texts = new Map<string, string>();
  return {
    async ask(first, after) {
      const name = `by_hand_${first}_${after !== undefined}_${totalCount}`;
      let text = texts.get(name);
      if (text === undefined) texts.set(name, (text = statement(first, after !== undefined, totalCount)));
      const values = after ? [today, after.date, after.id] : [today];
      const { rows } = await pool.query<{ answer: string }>({ ...(prepared ? { name } : {}), text, values });
      return rows[0]!.answer;
    },
  };
}
