import { once } from 'node:events';
import { createServer } from 'node:http';
import { startNginx } from './nginx.js';

/**
 * Starts the app, and nginx in front of it if there is one. Ctrl-C stops both. Environment variables set the other
 * options, such as the folder of the pages.
 *
 * @param {object} settings
 * @param {import('./nginx.js').Program | undefined} settings.program
 * @param {number} settings.appPort
 * @param {number} settings.nginxPort
 */
export async function startHost({ program, appPort, nginxPort }) {
  // The UDP port with the number of nginx's TCP port: no other process is expected to use it.
  if (program) process.env.BLOG_HITS_PORT = String(nginxPort);
  const { default: app, close } = await import('./app.js');
  const server = createServer(app).listen(appPort, '127.0.0.1');
  await once(server, 'listening');
  const front = program && (await startNginx(program, { port: nginxPort, appPort }));

  /** @type {Promise<void> | undefined} */
  let end;
  async function stopOnce() {
    front?.kill();
    server.close();
    server.closeAllConnections();
    await close();
  }
  // Ctrl-C reaches nginx too, so this is called for the signal and for the exit of nginx.
  const stop = () => (end ??= stopOnce());
  front?.once('exit', stop); // its last words are on the screen
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return { front, stop };
}
