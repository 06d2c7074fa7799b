// One process of the example blog: run by tests with the built package, driven over IPC. It may hold several blogs,
// each with a number, which share nothing.
//   start: {"id": …, "folder": …, "options": { … }}
//   close: {"id": …}
// It reports the port of each blog, every line of its log, and when it is closed.
import { createServer } from 'node:http';
import { createSite } from '../../../docs/examples/blog/site.js';

const blogs = new Map();

async function start({ id, folder, posts, options }) {
  const tell = (event, fields = {}) => process.send?.({ event, id, ...fields });
  const log = (fields, message) => tell('log', { message, path: fields.path, reason: fields.reason });
  const logger = { debug: log, info: log, warn: log, error: log };
  const site = await createSite({ folder, posts, options: { ...options, logger } });
  const server = createServer(site.app).listen(0, '127.0.0.1', () =>
    tell('listening', { port: server.address().port }),
  );
  blogs.set(id, { site, server });
}

async function close({ id }) {
  const { site, server } = blogs.get(id);
  blogs.delete(id);
  server.close();
  server.closeAllConnections();
  await site.close();
  process.send?.({ event: 'closed', id });
}

process.on('message', ({ command, ...fields }) => (command === 'start' ? start(fields) : close(fields)));
process.on('disconnect', () => process.exit());
