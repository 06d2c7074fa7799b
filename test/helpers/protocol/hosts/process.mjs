// One process of a host, on a site with several hosts: run by tests with the built package, driven over IPC.
//   node process.mjs '{"webRoot": …, "redis": url or "postgres": what pg is told, "name": …,
//     "termSeconds": …, "versionFile": …, "port": …}'
// Each page renders the number in the version file.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { staticGenerator } from 'staticgenerator';

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
  cluster: await openBus(),
  logger: { debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') },
});

/**
 * Imports only the engine that it needs, and the site has no framework, because tests start this process many times.
 */
async function openBus() {
  if (postgres === undefined) {
    const { redis } = await import('staticgenerator/redis');
    return redis({ url, name, termSeconds });
  }
  const [{ default: pg }, { postgresBus }] = await Promise.all([
    import('pg'),
    import('staticgenerator/postgres'),
  ]);
  return postgresBus(new pg.Pool(postgres), { name, termSeconds });
}

const listener = (request, response) =>
  pages.middleware(request, response, () => {
    const version = readFileSync(versionFile, 'utf8');
    pages.tag(`page:${request.url.slice(1)}`);
    response.setHeader('Content-Type', 'text/html; charset=utf-8');
    response.end(`${version} ${request.url}`);
  });
pages.attach(listener);

const server = createServer(listener).listen(port, '127.0.0.1', () =>
  tell('listening', { port: server.address().port }),
);

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
