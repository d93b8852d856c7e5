// The doorkeeper's thread (doorkeeper.ts). It does nothing but this, yet a busy machine may let it wait for its turn, so that
// it sees a call some time after it came. It therefore notes two moments for each: it came not before `since`, when this
// thread last looked and there was nothing, and not after `at`. Only what comes too fast by these bounds is refused.
import { createServer, request as send } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const { target, perSecond } = workerData;
const BEAT_MS = 2;
const now = () => performance.timeOrigin + performance.now();

// Timers run before a turn of the event loop looks at its sockets: what is seen now was not there at the beat before the last.
let [before, last] = [now(), now()];
setInterval(() => ([before, last] = [last, now()]), BEAT_MS);

const calls = [];
const passed = [];
/** When the thread last looked before a connection was made: its first call may have waited with it. */
const connected = new WeakMap();

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const call = { since: connected.get(request.socket) ?? before, at: now(), method: request.method, path: request.url.split('?')[0], status: 0 };
  connected.delete(request.socket);
  calls.push(call);
  if (passed.length >= perSecond && call.at - Math.min(...passed.slice(-perSecond)) < 1_000) {
    call.status = 429;
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '2' }).end('{"title":"Too Many Requests","status":429,"message":"Too many requests"}');
    return;
  }
  passed.push(call.since);
  // A connection for each call: one that is kept may be closed by the simulator just when it is used again.
  const forward = send(`${target}${request.url}`, { method: request.method, headers: request.headers, agent: false }, (answer) => {
    call.status = answer.statusCode;
    response.writeHead(answer.statusCode, { ...answer.headers, connection: 'keep-alive' });
    answer.on('error', () => response.destroy()).pipe(response);
  });
  forward.on('error', () => response.destroy());
  response.on('close', () => forward.destroy());
  request.pipe(forward);
});
server.on('connection', (socket) => connected.set(socket, before));
server.listen(0, '127.0.0.1', () => parentPort.postMessage({ url: `http://127.0.0.1:${server.address().port}` }));

parentPort.on('message', (wanted) => {
  if (wanted === 'calls') parentPort.postMessage(calls);
  else if (wanted === 'forget') calls.length = passed.length = 0;
  else process.exit(0);
});
