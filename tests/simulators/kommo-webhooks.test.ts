// Webhooks of the Kommo simulator: subscriptions, bodies, retries, disabling, loss.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parse } from 'qs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { nextWaitMs } from '../../simulators/kommo/hook-sender.ts';
import { openKommo } from './kommo-client.ts';
import type { Answer, Kommo } from './kommo-client.ts';

interface Received {
  raw: string;
  body: Answer['json'];
  headers: Record<string, unknown>;
}

let kommo: Kommo;
let received: Received[] = [];
/** Answers in turn; the last one stays. 0 never answers. */
let answers: number[] = [200];
const receiver = createServer((request, response) => {
  let raw = '';
  request.on('data', (chunk: Buffer) => (raw += chunk.toString()));
  request.on('end', () => {
    received.push({ raw, body: parse(raw, { depth: 12 }), headers: request.headers });
    const status = answers.length > 1 ? (answers.shift() as number) : (answers[0] as number);
    if (status > 0) response.writeHead(status).end();
  });
});
let destination = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  destination = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook?key=a,b`;
});
afterAll(() => {
  receiver.closeAllConnections();
  receiver.close();
});
beforeEach(async () => {
  received = [];
  answers = [200];
  // 5 minutes become 30 ms
  kommo = await openKommo({ switches: { hookTimeScale: 0.0001 } });
});
afterEach(() => kommo.sim.close());

const subscribe = (...settings: string[]): Promise<Answer> =>
  kommo.send('POST', '/webhooks', { destination, settings, sort: 10 });
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 5000, interval: 5 });

describe('subscriptions', () => {
  it('are made by an object, listed, replaced and removed', async () => {
    const made = await subscribe('add_lead', 'status_lead');
    expect(made.status).toBe(201);
    expect(made.json).toMatchObject({
      destination,
      disabled: false,
      sort: 10,
      settings: ['add_lead', 'status_lead'],
      account_id: kommo.sim.accountId,
    });
    expect((await kommo.get(`/webhooks?filter[destination]=${encodeURIComponent(destination)}`)).json).toMatchObject({
      _total_items: 1,
      _embedded: { webhooks: [{ id: made.json.id }] },
    });
    expect((await subscribe('update_lead')).json).toMatchObject({ id: made.json.id, settings: ['update_lead'] });
    kommo.sim.switches.webhookRepost = 'merge';
    expect((await subscribe('add_contact')).json.settings).toEqual(['update_lead', 'add_contact']);
    expect((await kommo.send('DELETE', '/webhooks', { destination })).status).toBe(204);
    expect((await kommo.send('DELETE', '/webhooks', { destination })).status).toBe(404);
    const wrong = await kommo.send('POST', '/webhooks', { settings: ['nothing'] });
    expect(
      wrong.json['validation-errors'][0].errors.map(
        ({ code, path }: { code: string; path: string }) => `${code} ${path}`,
      ),
    ).toEqual(['FieldMissing destination', 'NotSupportedChoice settings.0']);
  });

  it('are for administrators: 401 on GET and POST, 403 on DELETE', async () => {
    const seller = kommo.sim.crm.users.find((user) => user.is_active && !user.is_admin);
    const authorization = `Bearer ${await kommo.sim.token({ userId: seller?.id ?? 0 })}`;
    const statuses = ['GET', 'POST', 'DELETE'].map(
      async (method) =>
        (
          await kommo.send(method, '/webhooks', method === 'GET' ? undefined : { destination, settings: [] }, {
            authorization,
          })
        ).status,
    );
    expect(await Promise.all(statuses)).toEqual([401, 401, 403]);
  });
});

describe('deliveries', () => {
  it('are form encoded, in the older shape, all values texts, unsigned', async () => {
    await subscribe('status_lead');
    const id = kommo.sim.crm.cards.leads.select({ offset: 0, limit: 1 }).rows[0]?.id;
    await kommo.send('PATCH', `/leads/${id}`, {
      pipeline_id: 6011104,
      status_id: 142,
      custom_fields_values: [
        { field_id: 814007, values: [{ value: 1_767_225_600 }] },
        { field_id: 814017, values: [{ value: 'Motoboy' }] },
        { field_id: 814013, values: [{ value: true }] },
      ],
    });
    await until(() => expect(received).toHaveLength(1));
    const { body, raw, headers } = received[0] as Received;
    expect(headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'amoCRM-Webhooks/3.0',
      'x-amocrm-requestid': expect.any(String),
    });
    expect(headers).not.toHaveProperty('x-signature');
    expect(decodeURIComponent(raw)).toContain('leads[status][0][status_id]=142');
    expect(body.account).toEqual({
      id: String(kommo.sim.accountId),
      subdomain: kommo.sim.subdomain,
      _links: { self: kommo.sim.url },
    });
    const lead = body.leads.status[0];
    expect(lead).toMatchObject({
      id: String(id),
      status_id: '142',
      pipeline_id: '6011104',
      old_status_id: expect.any(String),
      old_pipeline_id: expect.any(String),
      date_create: expect.any(String),
    });
    expect(lead).not.toHaveProperty('custom_fields_values');
    const values = (field: number): unknown =>
      lead.custom_fields.find((entry: { id: string }) => entry.id === String(field)).values;
    expect(values(814007)).toEqual(['1767225600']);
    expect(values(814017)).toEqual({ value: 'Motoboy', enum: expect.any(String) });
    expect(values(814013)).toEqual([{ value: '1' }]);
  });

  it('put companies under contacts, and delete thinly', async () => {
    await subscribe('add_company', 'add_contact', 'delete_contact', 'delete_lead');
    await kommo.send('POST', '/companies', [{ name: 'Prado' }]);
    await until(() => expect(received).toHaveLength(1));
    expect(received[0]?.body.contacts.add[0]).toMatchObject({ name: 'Prado', type: 'company' });
    const [contact] = kommo.sim.crm.cards.contacts.select({ offset: 0, limit: 1 }).rows;
    const [lead] = kommo.sim.crm.cards.leads.select({ offset: 0, limit: 1 }).rows;
    kommo.sim.crm.removeCard('contacts', contact?.id ?? 0, 0);
    await until(() => expect(received).toHaveLength(2));
    kommo.sim.crm.removeCard('leads', lead?.id ?? 0, 0);
    await until(() => expect(received).toHaveLength(3));
    expect(received[1]?.body.contacts.delete).toEqual([{ id: String(contact?.id), type: 'contact' }]);
    expect(received[2]?.body.leads.delete).toEqual([
      { id: String(lead?.id), status_id: String(lead?.status_id), pipeline_id: String(lead?.pipeline_id) },
    ]);
  });

  it('tell tasks and notes in their own dialect', async () => {
    await subscribe('add_task', 'note_lead');
    const id = kommo.sim.crm.cards.leads.select({ offset: 0, limit: 1 }).rows[0]?.id;
    await kommo.send('POST', '/tasks', [
      { text: 'Ligar', complete_till: 1_767_225_600, entity_id: id, entity_type: 'leads' },
    ]);
    await until(() => expect(received).toHaveLength(1));
    expect(received[0]?.body.task.add[0]).toMatchObject({
      element_type: '2',
      element_id: String(id),
      status: '0',
      complete_till: '2025-12-31 21:00:00',
      complete_before: '1767225600',
    });
    await kommo.send('POST', `/leads/${id}/notes`, [{ note_type: 'common', params: { text: 'Oi' } }]);
    await until(() => expect(received).toHaveLength(2));
    const { note } = (received[1] as Received).body.leads.note[0];
    expect(note).toMatchObject({ note_type: '4', text: 'Oi', attachement: '' });
    expect(JSON.parse(note.metadata)).toHaveProperty('event_source');
  });
});

describe('retries', () => {
  it.each([
    [1, 200, undefined],
    [1, 0, 5],
    [2, 302, 15],
    [3, 404, undefined],
    [3, 503, 15],
    [4, 499, 60],
    [4, 0, undefined],
    [5, 500, undefined],
  ])('after attempt %i with %i comes the next one in %s minutes', (attempt, status, minutes) => {
    expect(nextWaitMs(attempt, status)).toBe(minutes === undefined ? undefined : minutes * 60_000);
  });

  it('go on until the receiver takes it', async () => {
    await subscribe('add_contact');
    answers = [404, 500, 200];
    await kommo.send('POST', '/contacts', [{ name: 'x' }]);
    await until(() =>
      expect(kommo.sim.hooks.deliveries().map(({ attempt, status }) => [attempt, status])).toEqual([
        [1, 404],
        [2, 500],
        [3, 200],
      ]),
    );
    await until(() => expect(kommo.sim.hooks.busy()).toBe(false));
    expect(new Set(received.map(({ raw }) => raw)).size).toBe(1);
  });

  it('come five times for a receiver that is too slow', async () => {
    await subscribe('add_contact');
    answers = [0];
    kommo.sim.switches.hookTimeoutMs = 50;
    await kommo.send('POST', '/contacts', [{ name: 'x' }]);
    await until(() =>
      expect(kommo.sim.hooks.deliveries().map(({ status }) => status)).toEqual([499, 499, 499, 499, 499]),
    );
    expect(kommo.sim.hooks.busy()).toBe(false);
  });

  it('end with a disabled subscription after more than 100 failures, and saving it again enables it', async () => {
    kommo.sim.switches.hookTimeScale = 1;
    await subscribe('add_contact');
    answers = [410];
    await kommo.send(
      'POST',
      '/contacts',
      Array.from({ length: 101 }, (_, index) => ({ name: `x${index}` })),
    );
    await until(() => expect(kommo.sim.hooks.deliveries()).toHaveLength(101));
    expect((await kommo.get('/webhooks')).json._embedded.webhooks[0].disabled).toBe(true);
    await kommo.send('POST', '/contacts', [{ name: 'silence' }]);
    answers = [200];
    expect((await subscribe('add_contact')).json.disabled).toBe(false);
    await kommo.send('POST', '/contacts', [{ name: 'heard' }]);
    await until(() => expect(kommo.sim.hooks.deliveries().at(-1)?.status).toBe(200));
    expect(received.at(-1)?.body.contacts.add[0].name).toBe('heard');
    expect(received.some(({ body }) => body.contacts.add[0].name === 'silence')).toBe(false);
  });
});

describe('what may go wrong on the way', () => {
  const names = (): string[] => received.map(({ body }) => body.contacts.add[0].name as string);

  it('loss: nothing arrives', async () => {
    await subscribe('add_contact');
    kommo.sim.switches.hookLoss = 1;
    await kommo.send('POST', '/contacts', [{ name: 'lost' }]);
    kommo.sim.switches.hookLoss = 0;
    await kommo.send('POST', '/contacts', [{ name: 'kept' }]);
    await until(() => expect(names()).toEqual(['kept']));
  });

  it('duplication: it arrives twice', async () => {
    await subscribe('add_contact');
    kommo.sim.switches.hookDuplication = 1;
    await kommo.send('POST', '/contacts', [{ name: 'twice' }]);
    await until(() => expect(names()).toEqual(['twice', 'twice']));
  });

  it('reordering: a later one overtakes it', async () => {
    await subscribe('add_contact');
    kommo.sim.switches.hookReordering = 1;
    await kommo.send('POST', '/contacts', [{ name: 'first' }]);
    await kommo.send('POST', '/contacts', [{ name: 'second' }]);
    await until(() => expect(names()).toEqual(['second', 'first']));
  });
});
