// A process of a site with a cache in front: run by tests with the built package, driven over IPC.
//   node edge-process.mjs '{"webRoot": …, "database": …, "purgeAt": …, "headers": …}'
// Every page renders the text of the file `database`, and has the tag `text`.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { staticGenerator } from 'staticgenerator';
import { purge } from 'staticgenerator/cdn';

const { webRoot, database, purgeAt, headers } = JSON.parse(process.argv[2]);
const tell = (event, fields = {}) => process.send?.({ event, ...fields });
const log = (fields, message) => tell('log', { message, fault: fields.fault });
const logger = { debug: log, info: log, warn: log, error: log };

const pages = staticGenerator({
  ...{ webRoot, urls: [/^\//], hosts: ['localhost'], logger },
  cdn: { service: purge({ urls: [purgeAt] }), headers, waitMs: 1_000, purgeAgainMs: 0 },
});
const server = createServer((request, response) =>
  pages.middleware(request, response, () => {
    pages.tag('text');
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(readFileSync(database, 'utf8'));
  }),
).listen(0, '127.0.0.1', () => tell('listening', { port: server.address().port }));

process.on('message', async ({ targets }) => {
  const error = await pages.quickDelete(...targets).then(
    () => undefined,
    ({ code }) => code,
  );
  tell('deleted', { error });
});
process.on('disconnect', () => process.exit());
