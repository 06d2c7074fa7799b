// One process of the example blog: run by tests with the built package.
//   node blog-process.mjs '{"folder": …, "options": { … }}'
// It tells where it listens and every line of its log.
import { createServer } from 'node:http';
import { createSite } from '../../docs/examples/blog/site.js';

const { folder, posts, options } = JSON.parse(process.argv[2] ?? '{}');
const tell = (event, fields = {}) => process.send?.({ event, ...fields });
const log = (fields, message) => tell('log', { message, path: fields.path, reason: fields.reason });
const logger = { debug: log, info: log, warn: log, error: log };

const { app } = await createSite({ folder, posts, options: { ...options, logger } });
const server = createServer(app).listen(0, '127.0.0.1', () =>
  tell('listening', { port: server.address().port }),
);
