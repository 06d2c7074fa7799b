/**
 * NodeBB behind the middleware, or without the middleware if PLAIN is set. CONFIG names the file with its
 * configuration.
 */
import Module, { createRequire } from 'node:module';
import { join } from 'node:path';
import { staticGenerator } from 'staticgenerator';
import options from './staticgenerator.config.mjs';

const { APP_FOLDER, PLAIN } = process.env;
process.chdir(APP_FOLDER);
const main = join(APP_FOLDER, 'app.js');
// The modules of NodeBB look at `require.main`.
Module._load(main, undefined, true);
const require = createRequire(main);
const { app, server } = require('./src/webserver');
if (PLAIN === undefined) {
  const pages = staticGenerator(options);
  // NodeBB makes its server before other code can put a middleware in front of its app.
  server.removeAllListeners('request');
  server.on('request', (request, response) =>
    pages.middleware(request, response, () => app(request, response)),
  );
}
server.once('listening', () => console.log('ready'));
