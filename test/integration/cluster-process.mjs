// A site under node:cluster, as PM2 runs one: two workers with one WEB_ROOT, and a new one for each that dies.
//   node cluster-process.mjs '{"webRoot": …, "database": …}'
// Every worker listens on the port that all share and on one of its own. What a worker tells has its number in `worker`;
// a command with `worker` goes to that one. The command `end` kills the workers, then the primary exits.

import cluster from 'node:cluster';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import express from 'express';
import { staticGenerator } from 'staticgenerator';

if (cluster.isPrimary) runPrimary();
else runWorker();

function runPrimary() {
  for (let worker = 0; worker < 2; worker += 1) cluster.fork();
  cluster.on('message', ({ id }, told) => process.send?.({ ...told, worker: id }));
  let isEnding = false;
  cluster.on('exit', ({ id }, code, signal) => {
    process.send?.({ event: 'exited', worker: id, code, signal });
    if (!isEnding) cluster.fork();
    else if (workers().length === 0) process.exit();
  });
  const kill = (worker) => worker?.process.kill('SIGKILL');
  process.on('message', ({ worker, command, ...fields }) => {
    if (command === 'end') {
      isEnding = true;
      workers().forEach(kill);
    } else if (command === 'kill') kill(cluster.workers?.[worker]);
    else cluster.workers?.[worker]?.send({ command, ...fields });
  });
}

function workers() {
  return Object.values(cluster.workers ?? {});
}

function runWorker() {
  const { webRoot, database } = JSON.parse(process.argv[2] ?? '{}');
  const tell = (event, fields = {}) => process.send?.({ event, ...fields });
  const log = (fields, message) => tell('log', { message, path: fields.path, reason: fields.reason });
  const logger = { debug: log, info: log, warn: log, error: log };
  const pages = staticGenerator({ webRoot, urls: [/^\//], logger });

  let gate = Promise.resolve();
  let release = () => {};
  const app = express();
  app.use(pages.middleware);
  pages.attach(app);
  app.get('/:name', async (request, response) => {
    const value = readFileSync(database, 'utf8');
    pages.tag('value');
    tell('read', { path: request.path });
    await gate;
    response.send(`${request.params.name} ${value} by ${process.pid}`);
  });

  const shared = createServer(app).listen(0, '127.0.0.1');
  const own = createServer(app).listen({ port: 0, host: '127.0.0.1', exclusive: true });
  own.once('listening', () => {
    const tellPorts = () => tell('listening', { shared: shared.address().port, own: own.address().port });
    if (shared.listening) tellPorts();
    else shared.once('listening', tellPorts);
  });

  process.on('message', async ({ command, targets }) => {
    if (command === 'hold') {
      gate = new Promise((resolve) => {
        release = resolve;
      });
      tell('held');
    } else if (command === 'release') release();
    else if (command === 'delete') tell('deleted', { ...(await pages.quickDelete(...targets)) });
    else if (command === 'stop') {
      const servers = [shared, own];
      const closed = servers.map((server) => once(server, 'close'));
      for (const server of servers) server.close();
      await Promise.all(closed);
      await pages.close();
      process.disconnect();
    }
  });
}
