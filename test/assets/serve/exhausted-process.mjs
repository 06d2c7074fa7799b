// Serves a folder while it has no descriptor left, then again with some. Started with a low limit.
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { assets } from '../../../dist/assets/index.js';

const root = process.argv[2];
const { middleware } = assets({ root, dirs: [root], mode: 'development', logger: false });
const server = http.createServer((request, response) =>
  middleware(request, response, () => response.writeHead(404).end()),
);
server.listen(0, '127.0.0.1');
await once(server, 'listening');

// Uses one connection, because another would need a descriptor too.
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
async function ask() {
  const request = http.get({ port: server.address().port, path: '/static/a.txt', agent });
  const [response] = await once(request, 'response');
  const chunks = [];
  for await (const chunk of response) chunks.push(chunk);
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() };
}

/** Whether this process has a file of the folder open. */
function isServing() {
  return readdirSync('/proc/self/fd').some((descriptor) => {
    try {
      return readlinkSync(join('/proc/self/fd', descriptor)).startsWith(root);
    } catch {
      // The descriptor was closed after it was listed.
      return false;
    }
  });
}

await ask();
// The client has the answer before the site closes its file; that would free a descriptor for the next answer.
while (isServing()) await turn();
const taken = [];
try {
  for (;;) taken.push(openSync('/dev/null', 'r'));
} catch (error) {
  if (error.code !== 'EMFILE') throw error;
}
const { status, headers } = await ask();
for (const descriptor of taken) closeSync(descriptor);
const { status: later, body } = await ask();
console.log(
  JSON.stringify({
    exhausted: [status, headers['retry-after'], headers['cache-control']],
    afterwards: [later, body],
  }),
);
process.exit();
