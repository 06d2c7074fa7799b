import type { Express, Response } from 'express';

/** Answers that do not end properly. Each of them costs its connection. */
export const brokenPaths: readonly string[] = ['/broken/short', '/broken/long'];
/**
 * Answers that may break before their head is sent, for example to a HEAD. An nginx with several servers takes such a
 * server for dead.
 */
export const fatalPaths: readonly string[] = ['/broken/half', '/broken/piped', '/broken/none'];

const open = (response: Response, length: number) =>
  response.set({ 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': length, Connection: 'close' });

export function mountBroken(app: Express): void {
  app.get('/broken/short', (_request, response) => void open(response, 9).end('short'));
  app.get('/broken/long', (_request, response) => void open(response, 4).end('longer'));
  app.get('/broken/half', (_request, response) => {
    response.type('html').write('the first half');
    setImmediate(() => response.destroy());
  });
  app.get('/broken/piped', (_request, response) => {
    response.type('html').write('before the failure');
    setImmediate(() => response.destroy(new Error('the source failed')));
  });
  app.get('/broken/none', (_request, response) => void response.destroy());
}
