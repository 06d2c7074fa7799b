import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

/** @import { AddressInfo } from 'node:net' */
/** @import { StaticGenerator } from 'staticgenerator' */
/** @import { PageFacts } from './text/strip.js' */

/**
 * Reads from the package's HTTP API what it knows about a page. The API has a port of its own that only this machine
 * can reach, and a token that only this process knows.
 *
 * @param {StaticGenerator} pages
 */
export async function openPageFacts(pages) {
  const token = randomBytes(32).toString('hex');
  const server = createServer(pages.api({ authorize: { token } })).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref(); // the server does not keep the process alive
  const { port } = /** @type {AddressInfo} */ (server.address());

  return {
    /**
     * Returns undefined if no page can have this path.
     *
     * @param {string} path
     * @returns {Promise<PageFacts | undefined>}
     */
    async of(path) {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`http://127.0.0.1:${port}/why?url=${encodeURIComponent(path)}`, {
        headers,
      });
      return response.ok ? /** @type {PageFacts} */ (await response.json()) : undefined;
    },

    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
