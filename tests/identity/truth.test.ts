// Identity measured: a company is imported from both simulators through the connectors, and every link is compared with
// the answer key of the simulated world, which comes from how its people were made, never from comparing them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../lib/sql.ts';
import type { Standing } from '../../simulators/world/truth.ts';
import { startPonte, type RunningPonte } from '../support/ponte.ts';

interface Found {
  kind: string;
  status: string;
  erp: string;
  crm: string;
  rule: string;
}

let ponte: RunningPonte;
let found: Found[];
beforeAll(async () => {
  ponte = await startPonte({ seed: 'identity', clients: 400, sales: 300 });
  found = await ponte.database.rows<Found>(sql`
    SELECT link.kind, link.status, link.reasons -> 0 ->> 'rule' AS rule,
           coalesce(client.external_id, seller.external_id) AS erp, coalesce(contact.external_id, crm_user.external_id) AS crm
      FROM insights.identity_link link
      LEFT JOIN gestao_click.client ON client.id = link.erp_id
      LEFT JOIN gestao_click.salesperson seller ON seller.id = link.erp_id
      LEFT JOIN kommo.contact ON contact.id = link.crm_id
      LEFT JOIN kommo.crm_user ON crm_user.id = link.crm_id`);
}, 120_000);
afterAll(() => ponte.close());

/** Pairs that must be linked by themselves, and all pairs that are the same person in truth. */
function answerKey(standings: Iterable<Standing>, erpOf: (standing: Standing) => string | null) {
  const must = new Map<string, string>();
  const same = new Set<string>();
  const mustNot = new Set<string>();
  for (const standing of standings) {
    const erp = erpOf(standing);
    if (erp === null || standing.contactLink === null) continue;
    for (const contact of standing.crmContactIds) same.add(`${erp} ${contact}`);
    const { rule, ambiguous } = standing.contactLink;
    if (ambiguous || rule === 'name' || rule === 'none') mustNot.add(erp);
    else must.set(erp, `${standing.crmContactIds[0]}`);
  }
  return { must, same, mustNot };
}

const linked = (kind: string) => found.filter((link) => link.kind === kind && link.status === 'LINKED');

describe('clients and contacts', () => {
  test('who can be told is linked, who cannot is not, and nobody is linked to somebody else', () => {
    const { must, same, mustNot } = answerKey(ponte.world.truth.clients(), ({ erpClientId }) => erpClientId);
    const links = new Map(linked('CLIENT_CONTACT').map(({ erp, crm }) => [erp, crm]));
    expect(must.size).toBeGreaterThan(100);
    expect([...links].filter(([erp, crm]) => !same.has(`${erp} ${crm}`))).toEqual([]);
    expect([...links.keys()].filter((erp) => mustNot.has(erp))).toEqual([]);
    expect([...must].filter(([erp, crm]) => links.get(erp) !== crm)).toEqual([]);
  });

  test('duplicates in the CRM are suggested to a person', () => {
    const suggested = new Set(
      found
        .filter(({ kind, status }) => kind === 'CLIENT_CONTACT' && status === 'SUGGESTED')
        .map(({ erp, crm }) => `${erp} ${crm}`),
    );
    const duplicated = [...ponte.world.truth.clients()].filter(
      (standing) => standing.crmContactIds.length > 1 && standing.contactLink?.rule === 'document',
    );
    expect(duplicated.length).toBeGreaterThan(0);
    const missing = duplicated
      .flatMap(({ erpClientId, crmContactIds }) => crmContactIds.map((contact) => `${erpClientId} ${contact}`))
      .filter((pair) => !suggested.has(pair));
    expect(missing).toEqual([]);
  });
});

describe('salespeople', () => {
  test('are found as contacts and as users', async () => {
    const sellers = new Set(
      (await ponte.database.rows<{ id: string }>(sql`SELECT external_id AS id FROM gestao_click.salesperson`)).map(
        ({ id }) => id,
      ),
    );
    const standings = ponte.world.truth.salespeople();
    const erpOf = ({ erpUserId, erpEmployeeId }: Standing) =>
      [erpUserId, erpEmployeeId].find((id) => id !== null && sellers.has(id)) ?? null;
    const { must, same, mustNot } = answerKey(standings, erpOf);
    const contacts = new Map(linked('SALESPERSON_CONTACT').map(({ erp, crm }) => [erp, crm]));
    expect(must.size).toBeGreaterThan(2);
    expect([...contacts].filter(([erp, crm]) => !same.has(`${erp} ${crm}`))).toEqual([]);
    expect([...contacts.keys()].filter((erp) => mustNot.has(erp))).toEqual([]);
    expect([...must].filter(([erp, crm]) => contacts.get(erp) !== crm)).toEqual([]);
    const users = new Map(linked('SALESPERSON_USER').map(({ erp, crm }) => [erp, crm]));
    const expected = standings.filter((standing) => standing.userLink?.rule === 'email' && erpOf(standing) !== null);
    expect(expected.length).toBeGreaterThan(2);
    expect(
      expected
        .filter((standing) => users.get(erpOf(standing) ?? '') !== String(standing.crmUserId))
        .map(({ name }) => name),
    ).toEqual([]);
  });
});
