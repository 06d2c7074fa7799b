/** NodeBB behind the middleware, or without it where PLAIN is set. Its configuration is the file that CONFIG names. */
import Module, { createRequire } from 'node:module';
import { join } from 'node:path';
import { staticGenerator } from 'staticgenerator';
import options from './staticgenerator.config.mjs';

const { APP_FOLDER, PLAIN } = process.env;
process.chdir(APP_FOLDER);
const main = join(APP_FOLDER, 'app.js');
// Its modules ask for what is the main one.
Module._load(main, undefined, true);
const require = createRequire(main);
const { app, server } = require('./src/webserver');
if (PLAIN === undefined) {
  const pages = staticGenerator(options);
  // It makes its server before anybody can put something in front of its app.
  server.removeAllListeners('request');
  server.on('request', (request, response) =>
    pages.middleware(request, response, () => app(request, response)),
  );
}
server.once('listening', () => console.log('ready'));
