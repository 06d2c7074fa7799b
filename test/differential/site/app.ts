import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import { mountBroken } from './broken.js';
import { mountCareless } from './careless.js';
import { mountFolders, mountMiddleware } from './middleware.js';
import { mountQueried } from './queried.js';
import { mountReflecting } from './reflecting.js';
import { mountRefused } from './refused.js';
import type { Setting } from './settings.js';
import { SiteState } from './state.js';
import { mountStateful, type Pages } from './stateful.js';
import { mountStorable } from './storable.js';
import { textOf } from './text.js';
import { mountUndeclared } from './undeclared.js';
import { mountVaried } from './varied.js';

export interface SiteParts {
  readonly setting: Setting;
  /** The state and the files of the site. */
  readonly folder: string;
  readonly pages: Pages;
  /** Our middleware, or nothing. */
  readonly middleware: readonly RequestHandler[];
}

/** Creates the site, which is the same with the cache on and off. */
export function createSite({ setting, folder, pages, middleware }: SiteParts): Express {
  const app = express();
  // Some pages have capital letters in their paths. With Express's default, these are not pages.
  if (setting.name === 'plain') app.enable('case sensitive routing');
  const state = new SiteState(join(folder, 'state'));
  if (setting.name === 'dressed') app.use(helmet());
  mountMiddleware(app, 'outer', state);
  for (const one of middleware) app.use(one);
  mountMiddleware(app, 'inner', state);
  mountStateful(app, state, pages);
  mountFiles(app, folder);
  mountQueried(app);
  mountVaried(app, pages);
  mountReflecting(app, setting);
  mountCareless(app);
  mountUndeclared(app);
  mountRefused(app);
  mountBroken(app);
  mountFolders(app);
  mountStorable(app, setting.options.types?.xml ?? 'application/xml; charset=utf-8');
  app.post(/.*/, (request, response) => void response.send(`posted ${JSON.stringify(request.body ?? null)}`));
  app.use(answerError);
  return app;
}

export const filePaths: readonly string[] = [
  ...['/static/page.html', '/static/large.html', '/static/noise.pdf', '/static/folder', '/static/folder/'],
  ...['/files/page.html', '/files/noise.pdf', '/aged/page.html', '/static/absent.html'],
];

/** Serves files with express.static: without optional headers, with its Cache-Control, and for a limited time. */
function mountFiles(app: Express, folder: string): void {
  const root = join(folder, 'files');
  mkdirSync(join(root, 'folder'), { recursive: true });
  writeFileSync(join(root, 'page.html'), `<!doctype html>${textOf(2_000)}`);
  writeFileSync(join(root, 'large.html'), `<!doctype html>${textOf(150_000)}`);
  writeFileSync(join(root, 'noise.pdf'), 'x'.repeat(50_000));
  writeFileSync(join(root, 'folder', 'index.html'), 'the index of a folder');
  const bare = { cacheControl: false, etag: false, lastModified: false, acceptRanges: false };
  app.use('/static', express.static(root, bare));
  app.use('/files', express.static(root, { etag: false, lastModified: false }));
  app.use('/aged', express.static(root, { maxAge: '1h', etag: false, lastModified: false }));
}

const answerError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  response
    .status(status)
    .type('txt')
    .send(error instanceof Error ? error.message : 'error');
};
