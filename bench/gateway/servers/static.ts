// A responder that only looks the answer up by the body: the floor of HTTP itself.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { input, listen, reportReady } from './child.ts';
import { readBody } from './operations.ts';

const { file } = input<{ file: string }>();
const answers = new Map((JSON.parse(await readFile(file, 'utf8')) as [string, string][]).map(([body, answer]) => [body, Buffer.from(answer)]));
const server = createServer((request, response) => {
  readBody(request, (body) => {
    const answer = answers.get(body);
    if (!answer) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer);
  });
});
reportReady({ url: await listen(server) });
