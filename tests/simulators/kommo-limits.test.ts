// Rate limit, IP block, faults and control of the Kommo simulator.
import { describe, expect, it } from 'vitest';
import { openKommo } from './kommo-client.ts';
import type { Kommo } from './kommo-client.ts';

async function withKommo(
  options: Parameters<typeof openKommo>[0],
  run: (kommo: Kommo) => Promise<void>,
): Promise<void> {
  const kommo = await openKommo(options);
  try {
    await run(kommo);
  } finally {
    await kommo.sim.close();
  }
}

const burst = (kommo: Kommo, count: number): Promise<number[]> =>
  Promise.all(Array.from({ length: count }, async () => (await kommo.get('/account')).status));

describe('limits', () => {
  it('lets seven requests in and answers the eighth with 429 and retry_after in the body', async () => {
    await withKommo({ limits: { perSecond: 7 } }, async (kommo) => {
      const statuses = await burst(kommo, 7);
      expect(statuses).toEqual(Array.from({ length: 7 }, () => 200));
      const refused = await kommo.get('/account');
      expect(refused.status).toBe(429);
      expect(refused.type).toBe('application/problem+json');
      expect(refused.json).toMatchObject({ title: 'Too Many Requests', status: 429, retry_after: 300 });
      expect(refused.headers.get('retry-after')).toBeNull();
      expect(kommo.sim.stats.byStatus.get(429)).toBe(1);
    });
  });

  it('answers every call with an HTML 403 after repeated excess, until the block ends', async () => {
    await withKommo(
      { limits: { perSecond: 7 }, switches: { ipBlock: { after: 5, withinMs: 60_000, forMs: 60_000 } } },
      async (kommo) => {
        const statuses = await burst(kommo, 20);
        expect(statuses.filter((status) => status === 200)).toHaveLength(7);
        expect(statuses.filter((status) => status === 429)).toHaveLength(5);
        const blocked = await kommo.get('/account');
        expect([blocked.status, blocked.type]).toEqual([403, 'text/html']);
        expect(kommo.sim.stats.byStatus.get(403)).toBe(9);
        expect(blocked.text).toContain('403 Forbidden');
        kommo.sim.control.mutate({ do: 'unblock' });
        kommo.sim.control.reset();
        expect((await kommo.get('/account')).status).toBe(200);
      },
    );
  });
});

describe('latency', () => {
  it('takes as long as assumed for a list page, and nothing by default', async () => {
    await withKommo({ latency: 'documented' }, async (kommo) => {
      const started = performance.now();
      await kommo.get('/leads?limit=1');
      expect(performance.now() - started).toBeGreaterThan(145);
    });
  });
});

describe('faults', () => {
  it.each([
    ['401', 401, 'application/problem+json'],
    ['402', 402, 'application/problem+json'],
    ['403', 403, 'application/problem+json'],
    ['403_html', 403, 'text/html'],
    ['429', 429, 'application/problem+json'],
    ['500', 500, 'application/problem+json'],
    ['504', 504, 'application/problem+json'],
    ['html_200', 200, 'text/html'],
  ] as const)('%s strikes once and is gone', async (kind, status, type) => {
    await withKommo({}, async (kommo) => {
      kommo.sim.control.set({ kind, count: 1, path: '/leads' });
      expect((await kommo.get('/account')).status).toBe(200);
      const struck = await kommo.get('/leads');
      expect([struck.status, struck.type]).toEqual([status, type]);
      expect((await kommo.get('/leads?limit=1')).json._embedded.leads).toHaveLength(1);
    });
  });

  it('hints of 429 stand where the rule says, and a list may be a sentence', async () => {
    await withKommo({}, async (kommo) => {
      kommo.sim.control.set([
        { kind: '429_body', count: 1, retryAfter: 3 },
        { kind: '429_header', count: 1, retryAfter: 4 },
        { kind: 'string_list', count: 1 },
      ]);
      expect((await kommo.get('/leads')).json.retry_after).toBe(3);
      expect((await kommo.get('/leads')).headers.get('retry-after')).toBe('4');
      expect(typeof (await kommo.get('/leads')).json._embedded.leads).toBe('string');
    });
  });

  it('records move while they are paged', async () => {
    await withKommo({}, async (kommo) => {
      const before = (await kommo.get('/leads?order[updated_at]=desc&limit=3')).json._embedded.leads[0];
      kommo.sim.control.set({ kind: 'mutate', path: 'page=2', mutation: { do: 'touch', entity: 'leads', count: 2 } });
      await kommo.get('/leads?order[updated_at]=asc&limit=5&page=2');
      kommo.sim.control.clear();
      const after = (await kommo.get('/leads?order[updated_at]=desc&limit=3')).json._embedded.leads;
      expect(after[0].updated_at).toBeGreaterThan(before.updated_at);
    });
  });
});

describe('control', () => {
  it('turns switches, counts requests and undoes everything, over HTTP and without a token', async () => {
    await withKommo({}, async (kommo) => {
      const control = async (method: string, path: string, body?: unknown): Promise<Response> =>
        fetch(`${kommo.sim.url}/__control/${path}`, {
          method,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      await control('POST', 'mutate', { do: 'switches', set: { itemHref: 'plain' } });
      expect((await kommo.get('/leads?limit=1')).json._embedded.leads[0]._links.self.href).not.toContain('?');
      expect((await control('POST', 'mutate', { do: 'switches', set: { nothing: 1 } })).status).toBe(400);
      const created = (await (
        await control('POST', 'mutate', { do: 'create', entity: 'contacts', item: { name: 'Nova' } })
      ).json()) as { result: { id: number } };
      expect((await kommo.get(`/contacts/${created.result.id}`)).json.name).toBe('Nova');
      const stats = (await (await control('GET', 'stats')).json()) as {
        requests: number;
        byPath: Record<string, number>;
      };
      expect(stats.byPath).toMatchObject({ '/api/v4/leads': 1, '/api/v4/contacts/{id}': 1 });
      await control('POST', 'reset');
      expect((await kommo.get(`/contacts/${created.result.id}`)).status).toBe(204);
      expect(kommo.sim.switches.itemHref).toBe('paged');
    });
  });
});
