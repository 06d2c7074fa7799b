// Sends one request, and measures the time to its first byte.
import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 1024 });

/** Resolves when the response has ended, to the milliseconds until its first byte. */
export function sendOnce(port, path, { host = '127.0.0.1' } = {}) {
  return new Promise((resolve, reject) => {
    const startedAt = performance.now();
    const sent = request({ host, port, path, agent }, (response) => {
      const firstByte = performance.now() - startedAt;
      if (response.statusCode !== 200) reject(new Error(`${path} answers ${response.statusCode}`));
      response.resume();
      response.once('end', () => resolve(firstByte));
      response.once('error', reject);
    });
    sent.once('error', reject);
    sent.end();
  });
}
