// Fingerprints of everything that was read from the providers, to compare two imports of the same company.
import type { Database } from '../../prisma/index.ts';

export interface TablePrint {
  readonly rows: number;
  /** Over the ids and contents of all rows, in order. */
  readonly content: string;
}

/** By table, of both providers' schemas. When and by which run a row was written makes no difference. */
export async function tablePrints({ pool }: Pick<Database, 'pool'>): Promise<Record<string, TablePrint>> {
  const tables = await pool.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
     WHERE table_schema IN ('gestao_click', 'kommo') AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const prints: Record<string, TablePrint> = {};
  for (const { name } of tables.rows) {
    const { rows } = await pool.query<TablePrint>(
      `SELECT count(*)::int AS rows, coalesce(md5(string_agg(line, '|' ORDER BY line)), '') AS content
       FROM (SELECT (to_jsonb(t) - '{synced_at,seen_run,run_id}'::text[])::text AS line FROM ${name} t) AS lines`,
    );
    prints[name] = rows[0]!;
  }
  return prints;
}
