// Who is who in a workspace: gathers evidence, decides, stores the difference, in one transaction. Runs after a run of either
// provider; two that end together take turns. Always the whole workspace: whether a candidate has a rival depends on everybody.
import { cancellable } from './cancellable.ts';
import { decideLinks } from './link-decision.ts';
import { gatherEvidence } from './link-evidence.ts';
import { storeLinks } from './link-store.ts';
import type { SettleStep } from './step.ts';

/** Settles the identity links of the workspace that the wallet belongs to. */
export const links: SettleStep = {
  name: 'links',
  async run({ database, workspaceId, signal, log }) {
    const counts = await cancellable(database, signal, async (client) => {
      await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('identity-links:' || $1::text, 0))`, [
        workspaceId,
      ]);
      await client.query(`SET LOCAL work_mem = '64MB'`);
      await client.query('SET LOCAL jit = off'); // compiling these statements takes longer than running them
      await gatherEvidence(client, workspaceId, signal);
      await decideLinks(client, signal);
      return storeLinks(client, workspaceId, signal);
    });
    log.info({ workspaceId, ...counts }, 'Identity links settled.');
  },
};
