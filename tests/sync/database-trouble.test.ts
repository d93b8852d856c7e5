// A database that answers but cannot take what is written: runs pause longer and longer, and ask nothing of the provider meanwhile.
import { afterEach, describe, expect, test } from 'vitest';
import { createLogBook } from '../support/log-book.ts';
import { FINAL, WALLET, createHarness, until, type Harness } from '../support/sync.ts';

let h: Harness;
afterEach(() => h.close());

/** Every INSERT or UPDATE of `table` for which `when` is true fails with that SQLSTATE, until `mend`. */
async function breakTable(table: string, code: string, when = 'true'): Promise<{ mend: () => Promise<unknown> }> {
  await h.database.pool.query(`
    CREATE FUNCTION public.out_of_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF ${when} THEN RAISE EXCEPTION 'could not extend file "base/1/2"' USING ERRCODE = '${code}'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER out_of_order BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION public.out_of_order()`);
  return { mend: () => h.database.pool.query('DROP FUNCTION public.out_of_order() CASCADE') };
}

const rowOf = async (id: string) => {
  const { rows } = await h.database.pool.query<{ status: string; fence: number; failures: number; pause: number | null }>(
    `SELECT status, fence, failures, extract(epoch FROM resumes_at - updated_at)::float8 AS pause FROM sync.run WHERE id = $1`,
    [id],
  );
  return rows[0]!;
};

describe('a disk that is full', () => {
  test('makes the run wait, longer each time; each try asks for no more than it needs, and the end is whole', async () => {
    h = await createHarness();
    const { mend } = await breakTable('gestao_click.sale', '53100');
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    for (const [fence, pause] of [[1, 5], [2, 10], [3, 20]] as const) {
      const row = await until(async () => {
        const now = await rowOf(run.id);
        return (now.status === 'WAITING' || FINAL.some((status) => status === now.status)) && now;
      });
      expect(row).toEqual({ status: 'WAITING', fence, failures: fence, pause });
      const asked = h.connector.asked.length;
      expect(await h.engine.run(run.id)).toMatchObject({
        waitingFor: 'the database',
        error: { code: 'SUBGRAPH_UNAVAILABLE', message: 'The database has no space left.', retryable: true },
      });
      expect(h.connector.asked).toHaveLength(asked);
      if (fence === 3) await mend();
      await h.database.pool.query('UPDATE sync.run SET resumes_at = now() WHERE id = $1', [run.id]); // the pause is over
      await until(async () => (await rowOf(run.id)).fence > fence);
    }
    expect(await h.reaches(run.id, ...FINAL)).toMatchObject({ status: 'SUCCEEDED', error: null, waitingFor: null, progress: { fetched: 1302, written: 1302 } });
    expect(await rowOf(run.id)).toMatchObject({ failures: 0 });
    expect(await h.count('gestao_click.sale')).toBe(600);
  });

  test('that takes not even the pause holds the run until it does', async () => {
    const log = createLogBook();
    h = await createHarness({ log });
    const broken = await breakTable('sync.run', '53100', `NEW.status = 'WAITING'`);
    await h.database.pool.query(`ALTER TABLE gestao_click.sale ADD CONSTRAINT nothing CHECK (false) NOT VALID`); // every sale is refused ...
    await h.database.pool.query(`ALTER TABLE sync.dead_letter RENAME TO dead_letter_away`); // ... and cannot even be put aside
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    const tries = () => log.lines.filter(({ text }) => text.startsWith('The run could not be handed back')).length;
    await until(() => tries() >= 1);
    const asked = h.connector.asked.length;
    await until(() => tries() >= 3);
    expect(h.connector.asked).toHaveLength(asked);
    expect(await rowOf(run.id)).toMatchObject({ status: 'RUNNING', fence: 1 });
    await broken.mend();
    expect(await h.reaches(run.id, 'WAITING')).toMatchObject({ error: { code: 'INTERNAL_SERVER_ERROR', message: 'The database refused a statement (SQLSTATE 42P01).' } });
    await h.database.pool.query('ALTER TABLE sync.dead_letter_away RENAME TO dead_letter; ALTER TABLE gestao_click.sale DROP CONSTRAINT nothing; UPDATE sync.run SET resumes_at = now()');
    expect(await h.reaches(run.id, ...FINAL)).toMatchObject({ status: 'SUCCEEDED', progress: { fetched: 1302, written: 1302, rejected: 0 } });
  });

  test('while a step after the streams runs, it is the step that is done again', async () => {
    let left = 1;
    const done: string[] = [];
    h = await createHarness({
      worker: {
        settle: [
          {
            name: 'match people',
            async run({ mode, database }) {
              if (left-- > 0) await database.pool.query(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53200'; END $$`);
              done.push(mode);
            },
          },
        ],
      },
    });
    const { run } = await h.engine.startSync({ walletId: WALLET, mode: 'FULL', trigger: 'MANUAL' });
    expect(await h.reaches(run.id, 'WAITING', ...FINAL)).toMatchObject({ status: 'WAITING', error: { code: 'OVERLOADED' } });
    const asked = h.connector.asked.length;
    await h.database.pool.query('UPDATE sync.run SET resumes_at = now() WHERE id = $1', [run.id]);
    expect(await h.reaches(run.id, ...FINAL)).toMatchObject({ status: 'SUCCEEDED' });
    expect(done).toEqual(['FULL']);
    expect(h.connector.asked).toHaveLength(asked);
  });
});
