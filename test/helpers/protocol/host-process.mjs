// One process of a host of a site with several: run by tests with the built package, driven over IPC.
//   node host-process.mjs '{"webRoot": …, "redis": url or "postgres": what pg is told, "name": …, "termSeconds": …, "versionFile": …, "port": …}'
// Each page renders the number in the version file.
import { readFileSync } from 'node:fs';
import express from 'express';
import pg from 'pg';
import { staticGenerator } from 'staticgenerator';
import { postgresBus } from 'staticgenerator/postgres';
import { redis } from 'staticgenerator/redis';

const given = JSON.parse(process.argv[2] ?? '{}');
const { webRoot, redis: url, postgres, name, termSeconds, versionFile, port } = given;
const tell = (event, fields = {}) => {
  if (process.connected) process.send({ event, ...fields });
};
const log = (level) => (fields, message) => {
  if (level !== 'info') tell('log', { level, message, error: fields.err?.message });
};
const pages = staticGenerator({
  webRoot,
  urls: [/^\//],
  cluster:
    postgres === undefined
      ? redis({ url, name, termSeconds })
      : postgresBus(new pg.Pool(postgres), { name, termSeconds }),
  logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
});

const app = express();
app.use(pages.middleware);
pages.attach(app);
app.get('/:page', (request, response) => {
  const version = readFileSync(versionFile, 'utf8');
  pages.tag(`page:${request.params.page}`);
  response.send(`${version} ${request.path}`);
});

const server = app.listen(port, '127.0.0.1', () => tell('listening', { port: server.address().port }));

process.on('message', async ({ command, id, targets }) => {
  if (command === 'delete') {
    try {
      await pages.quickDelete(...targets);
      tell('deleted', { id });
    } catch (error) {
      tell('deleted', { id, error: error.code ?? error.message });
    }
  } else if (command === 'close') {
    await pages.close();
    server.close();
    server.closeAllConnections();
    process.disconnect();
  }
});
