// The doorkeeper: what it lets in, what it says of each call, and that a busy simulator does not mislead it.
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { mostWithin, startDoorkeeper, type Doorkeeper, type GestaoClickSimulator } from '../../simulators/index.ts';
import { call, HEADERS, startSimulator } from './gestao-click-client.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

async function started(perSecond: number): Promise<{ simulator: GestaoClickSimulator; door: Doorkeeper }> {
  const simulator = await startSimulator();
  open.push(simulator);
  const door = await startDoorkeeper({ target: simulator.url, perSecond });
  open.push(door);
  return { simulator, door };
}

const now = () => performance.timeOrigin + performance.now();

describe('a doorkeeper', () => {
  it('passes calls on as they are, and the answers back', async () => {
    const { simulator, door } = await started(100);
    const [through, direct] = [await call(door, '/clientes?pagina=2'), await call(simulator, '/clientes?pagina=2')];
    expect([through.status, through.json]).toEqual([200, direct.json]);
    expect((await call(door, '/vendas/99999999')).status).toBe(404);
    expect((await call(door, '/lojas', { headers: { 'access-token': 'wrong' } })).status).toBe(401);
    expect((await door.calls()).map(({ method, path, status }) => [method, path, status])).toEqual([['GET', '/clientes', 200], ['GET', '/vendas/99999999', 404], ['GET', '/lojas', 401]]);
  });

  it('refuses what comes too fast, and counts it, until it is to forget', async () => {
    const { simulator, door } = await started(3);
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(door, '/lojas')));
    const calls = await door.calls();
    const passed = calls.filter(({ status }) => status === 200);
    expect(calls).toHaveLength(20);
    expect(passed.length).toBeGreaterThanOrEqual(3);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(20 - passed.length);
    expect(simulator.stats.requests).toBe(passed.length);
    expect(mostWithin(calls)).toBeGreaterThan(3);
    expect(mostWithin(passed)).toBeLessThanOrEqual(3);
    door.forget();
    expect((await call(door, '/lojas')).status).toBe(200);
    expect(await door.calls()).toHaveLength(1);
  });

  it('cuts the answer off where the simulator does', async () => {
    const { simulator, door } = await started(100);
    for (const kind of ['reset', 'half_closed'] as const) {
      simulator.control.set({ kind, count: 1 });
      await expect(call(door, '/clientes')).rejects.toThrow();
    }
    expect((await call(door, '/clientes')).status).toBe(200);
  });

  it('knows when a call came although the simulator is busy', async () => {
    const { simulator, door } = await started(100);
    const sockets = await Promise.all([0, 1].map(() => new Promise<Socket>((resolve) => { const socket = connect(Number(new URL(door.url).port), '127.0.0.1', () => resolve(socket)); })));
    const request = `GET /lojas HTTP/1.1\r\nhost: door\r\n${Object.entries(HEADERS).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
    const sent: { from: number; to: number }[] = [];
    for (const socket of sockets) {
      const from = now();
      socket.write(request);
      sent.push({ from, to: now() });
      while (now() < from + 300); // this thread, the simulator's too, does something else
    }
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('data', resolve))));
    for (const socket of sockets) socket.destroy();
    const calls = await door.calls();
    sent.forEach(({ from, to }, index) => {
      expect(calls[index]!.since).toBeLessThanOrEqual(to);
      expect(calls[index]!.at).toBeGreaterThanOrEqual(from);
    });
    const [first, second] = simulator.stats.arrivals();
    expect(first!.at + performance.timeOrigin).toBeGreaterThan(sent[0]!.from + 300); // what a stamp of its own would have said
    expect(second).toBeDefined();
  });
});

describe('the most calls within a second', () => {
  const calls = (...moments: [since: number, at: number][]) => moments.map(([since, at]) => ({ since, at }));

  it('are counted in any second, not in those of the clock', () => {
    expect(mostWithin([])).toBe(0);
    expect(mostWithin(calls([0, 0], [900, 900], [1_000, 1_000], [1_899, 1_899]))).toBe(3);
    expect(mostWithin(calls([0, 0], [1_000, 1_000], [2_000, 2_000]))).toBe(1);
  });

  it('are those beyond doubt: one seen late may have come before', () => {
    expect(mostWithin(calls([0, 80], [1_020, 1_021]))).toBe(1);
    expect(mostWithin(calls([0, 80], [900, 950]))).toBe(2);
  });
});
