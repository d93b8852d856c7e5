// A doorkeeper in a thread of its own, in front of a simulator: counts each request when it comes, refuses what comes too
// fast, and passes the rest on. It does nothing else, so that what it sees is when requests really come; a simulator that
// makes a large page sees those that came meanwhile all at once.
import { createServer, request as send } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const { target, perSecond } = workerData;
const arrivals = [];
const recent = [];

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const arrival = { at: performance.now(), method: request.method, path: request.url.split('?')[0], status: 0 };
  arrivals.push(arrival);
  if (recent.length >= perSecond && arrival.at - recent[recent.length - perSecond] < 1_000) {
    arrival.status = 429;
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '2' }).end('{"title":"Too Many Requests","status":429,"message":"Too many requests"}');
    return;
  }
  recent.push(arrival.at);
  const forward = send(`${target}${request.url}`, { method: request.method, headers: request.headers }, (answer) => {
    arrival.status = answer.statusCode;
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  forward.on('error', () => response.destroy());
  request.pipe(forward);
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage({ url: `http://127.0.0.1:${server.address().port}` }));

// Asked `seen`, it tells what came; any other message ends it.
parentPort.on('message', (wanted) => {
  if (wanted === 'seen') parentPort.postMessage({ arrivals });
  else process.exit(0);
});
