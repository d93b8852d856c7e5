// What speaks for two records being one person, gathered for a whole workspace into temporary tables of one transaction:
// `link_end` (the people of both sides), `link_key` (what they can be recognised by), `link_pair` (who shares what).
// A few joins over all rows, whatever their number; no record is looked up by itself.
import type { PoolClient } from 'pg';
import { documentOf, NAME_PARTICLES } from '../lib/brazil/index.ts';
import {
  CONTRADICTION_COST,
  LINK_KINDS,
  MAX_HOLDERS,
  RULE_RANKS,
  RULE_SCORES,
  type EvidenceRule,
  type LinkRule,
  type Side,
} from './link-rules.ts';

// Collation C: keys are compared byte by byte, several times faster than by the rules of a language.
const TABLES = [
  `CREATE TEMP TABLE link_kind (kind text COLLATE "C", erp_side text COLLATE "C", crm_side text COLLATE "C", crm_many bool) ON COMMIT DROP`,
  `CREATE TEMP TABLE link_end (side text COLLATE "C", id uuid, wallet_id uuid, name_key text COLLATE "C", tokens text[] COLLATE "C",
     documents text[] COLLATE "C", email_keys text[] COLLATE "C", phone_keys text[] COLLATE "C") ON COMMIT DROP`,
  `CREATE TEMP TABLE link_key (side text COLLATE "C", rule text COLLATE "C", key text COLLATE "C", ids uuid[]) ON COMMIT DROP`,
  `CREATE TEMP TABLE link_pair (kind text COLLATE "C", erp_id uuid, crm_id uuid, rank int, score int, document text COLLATE "C", disputed text,
     contradicted bool, reasons jsonb, taken bool DEFAULT false) ON COMMIT DROP`,
];

/** The words of a name that tell people apart. */
const TOKENS = NAME_PARTICLES.reduce(
  (words, particle) => `array_remove(${words}, '${particle}')`,
  `string_to_array(p.name_key, ' ')`,
);
/** Digits of a document that can be one. */
const CAN_BE = (document: string) =>
  `length(${document}) IN (11, 14) AND ${document} <> repeat(left(${document}, 1), length(${document}))`;
const OWN_DOCUMENT = `CASE WHEN ${CAN_BE('p.document')} THEN ARRAY[upper(p.document)] ELSE '{}' END`;
const DOCUMENT_KEYS = `CASE WHEN p.document_keys = '{}' THEN '{}' ELSE ARRAY(SELECT DISTINCT upper(d) FROM unnest(p.document_keys) AS d WHERE ${CAN_BE('d')}) END`;

const ends = (side: Side, table: string, documents: string) => `
  SELECT '${side}', p.id, p.wallet_id, p.name_key, ${TOKENS}, ${documents}, p.email_keys, p.phone_keys
    FROM ${table} AS p JOIN sync.wallet AS w ON w.id = p.wallet_id AND w.workspace_id = $1::uuid`;

/** People of the workspace with what is known of them. */
const ENDS = `INSERT INTO link_end ${[
  ends('SALESPERSON', 'gestao_click.salesperson', OWN_DOCUMENT),
  ends('CLIENT', 'gestao_click.client', OWN_DOCUMENT),
  ends('CONTACT', 'kommo.contact', DOCUMENT_KEYS),
  ends('USER', 'kommo.crm_user', `'{}'::text[]`),
].join(' UNION ALL ')}`;

/** Who holds a key, where few enough do. A name is a key by all of it, and by its first and last word. */
const KEYS = `
  WITH found (side, id, rule, key) AS (
    SELECT side, id, 'DOCUMENT', unnest(documents) FROM link_end
    UNION ALL SELECT side, id, 'EMAIL', unnest(email_keys) FROM link_end
    UNION ALL SELECT side, id, 'PHONE', unnest(phone_keys) FROM link_end
    UNION ALL SELECT side, id, 'NAME', name_key FROM link_end WHERE cardinality(tokens) > 1
    UNION ALL SELECT side, id, 'NAME_PARTLY', tokens[1] || ' ' || tokens[cardinality(tokens)] FROM link_end WHERE cardinality(tokens) > 1)
  INSERT INTO link_key
  SELECT side, rule, key, array_agg(id) FROM found WHERE key <> '' GROUP BY side, rule, key HAVING count(*) <= $1`;

/** What a rule leaves open: 0.1 for one that is worth 90. */
const doubt = (holds: string, rule: EvidenceRule) =>
  `CASE WHEN ${holds} THEN ${(100 - RULE_SCORES[rule]) / 100} ELSE 1 END`;
/** A reason as it is stored; null where `detail` is null, that is where the rule does not hold. */
const reason = (rule: LinkRule, detail: string) =>
  `CASE WHEN ${detail} IS NOT NULL THEN jsonb_build_object('rule', '${rule}', 'detail', ${detail}) END`;

/**
 * One row for each two records that share a key, with everything that speaks for them. Names are compared whenever two
 * share anything: a frequent name tells nothing by itself, but it supports a telephone. Two names agree when they are equal,
 * or when all words of one (two at least) stand in the other.
 */
const PAIRS = `
  WITH pair AS (
    SELECT k.kind, erp_id, crm_id,
           min(erp.key) FILTER (WHERE erp.rule = 'DOCUMENT') AS document,
           min(erp.key) FILTER (WHERE erp.rule = 'EMAIL') AS email,
           min(erp.key) FILTER (WHERE erp.rule = 'PHONE') AS phone
      FROM link_kind AS k
      JOIN link_key AS erp ON erp.side = k.erp_side AND erp.side IN ('SALESPERSON', 'CLIENT')
      JOIN link_key AS crm ON crm.side = k.crm_side AND crm.side IN ('CONTACT', 'USER') AND crm.rule = erp.rule AND crm.key = erp.key
     CROSS JOIN unnest(erp.ids) AS erp_id
     CROSS JOIN unnest(crm.ids) AS crm_id
     GROUP BY k.kind, erp_id, crm_id),
  named AS (
    SELECT pair.*, erp.documents AS erp_documents, crm.documents AS crm_documents,
           CASE WHEN cardinality(erp.tokens) < 2 OR cardinality(crm.tokens) < 2 THEN NULL
                WHEN erp.name_key = crm.name_key THEN 'NAME'
                WHEN erp.tokens <@ crm.tokens OR crm.tokens <@ erp.tokens THEN 'NAME_PARTLY' END AS name,
           least(cardinality(erp.tokens), cardinality(crm.tokens)) AS words
      FROM pair JOIN link_kind k USING (kind)
      JOIN link_end erp ON erp.id = pair.erp_id AND erp.side = k.erp_side
      JOIN link_end crm ON crm.id = pair.crm_id AND crm.side = k.crm_side)
  INSERT INTO link_pair (kind, erp_id, crm_id, document, disputed, contradicted, rank, score, reasons)
  SELECT kind, erp_id, crm_id, document,
         (SELECT min(mine) FROM unnest(erp_documents) AS mine
           WHERE NOT erp_documents && crm_documents
             AND EXISTS (SELECT FROM unnest(crm_documents) AS theirs WHERE length(theirs) = length(mine))
             AND NOT EXISTS (SELECT FROM unnest(crm_documents) AS theirs WHERE length(mine) = 14 AND left(theirs, 8) = left(mine, 8))),
         false,
         CASE WHEN document IS NOT NULL THEN ${RULE_RANKS.DOCUMENT} WHEN email IS NOT NULL THEN ${RULE_RANKS.EMAIL}
              WHEN phone IS NOT NULL THEN ${RULE_RANKS.PHONE} ELSE ${RULE_RANKS.NAME} END,
         round(100 * (1 - ${doubt('document IS NOT NULL', 'DOCUMENT')} * ${doubt('email IS NOT NULL', 'EMAIL')}
           * ${doubt('phone IS NOT NULL', 'PHONE')} * ${doubt(`name = 'NAME'`, 'NAME')} * ${doubt(`name = 'NAME_PARTLY'`, 'NAME_PARTLY')})),
         to_jsonb(array_remove(ARRAY[
           ${reason('DOCUMENT', `'same ' || CASE length(document) WHEN 11 THEN 'CPF' ELSE 'CNPJ' END || ' ending ' || right(document, 2)`)},
           ${reason('EMAIL', `'same e-mail ' || left(email, 1) || '***@' || split_part(email, '@', 2)`)},
           ${reason('PHONE', `'same telephone ending ' || right(phone, 4)`)},
           ${reason('NAME', `CASE name WHEN 'NAME' THEN 'same name' WHEN 'NAME_PARTLY' THEN 'one name holds the ' || words || ' words of the other' END`)}], NULL))
    FROM named
   WHERE coalesce(document, email, phone, name) IS NOT NULL`;

const DISPUTED = `SELECT DISTINCT disputed FROM link_pair WHERE disputed IS NOT NULL`;

const CONTRADICT = `
  UPDATE link_pair SET contradicted = true, score = greatest(score - $2, 0),
         reasons = reasons || jsonb_build_array(jsonb_build_object('rule', 'DOCUMENT',
           'detail', 'but a different ' || CASE length(disputed) WHEN 11 THEN 'CPF' ELSE 'CNPJ' END || ' on each side'))
   WHERE disputed = ANY ($1::text[])`;

/** Fills `link_end` and `link_pair` for a workspace, inside the transaction that `client` holds. */
export async function gatherEvidence(client: PoolClient, workspaceId: string, signal: AbortSignal): Promise<void> {
  for (const statement of TABLES) await client.query(statement);
  const kinds = Object.entries(LINK_KINDS).map(([kind, { erp, crm, crmMany }]) => ({
    kind,
    erp_side: erp,
    crm_side: crm,
    crm_many: crmMany,
  }));
  await client.query(`INSERT INTO link_kind SELECT * FROM json_populate_recordset(NULL::link_kind, $1)`, [
    JSON.stringify(kinds),
  ]);
  const steps: readonly (readonly [string, unknown[]])[] = [
    [ENDS, [workspaceId]],
    ['ANALYZE link_kind, link_end', []],
    [KEYS, [MAX_HOLDERS]],
    ['ANALYZE link_key', []],
    [PAIRS, []],
  ];
  for (const [statement, values] of steps) {
    signal.throwIfAborted();
    await client.query(statement, values);
  }
  const { rows } = await client.query<{ disputed: string }>(DISPUTED);
  const valid = rows.map(({ disputed }) => disputed).filter((document) => documentOf(document) === document);
  await client.query(CONTRADICT, [valid, CONTRADICTION_COST]);
  await client.query('ANALYZE link_pair');
}
