import { join } from 'node:path';
import type { Express } from 'express';
import { expect, onTestFinished } from 'vitest';
import type { Options } from '../../src/config.js';
import type { StaticGenerator } from '../../src/static-generator.js';
import { startNginx } from '../helpers/servers/nginx.js';
import { freePort } from '../helpers/servers/ports.js';
import { type Answer, type RequestOptions, type Site, send, startSite } from '../helpers/site/site.js';

export const FALLBACK = '<a href="/login">Sign in</a>';

export interface IncludingSite extends Site {
  /** The port of the server that answers visitors. */
  readonly frontPort: number;
  /** Sends one request to the server that answers visitors. */
  front(target: string, options?: RequestOptions): Promise<Answer>;
  /** Requests a page, and waits until it is stored. */
  store(path: string): Promise<void>;
  /** Returns the file of a page with includes, at the place where nginx finds it. */
  fileOf(path: string): string;
}

/** Starts a site whose islands are inserted into its pages, by Node or by a real nginx. */
export async function startIncluding(
  engine: 'embedded' | 'nginx',
  routes: (app: Express, pages: StaticGenerator) => void,
  options: Partial<Options> = {},
): Promise<IncludingSite> {
  const site = await startSite(routes, {
    urls: [{ match: /^\/posts\//, as: 'nobody' }],
    islands: { urls: [/^\/island\//], include: 'ssi' },
    hosts: ['localhost'],
    ...options,
  });
  const port = engine === 'embedded' ? site.port : await startFront(site);
  return {
    ...site,
    frontPort: port,
    front: (target, given) => send(port, target, given),
    store: async (path) => {
      const { stored, refused } = await site.pages.quickPublish(path);
      expect([stored, refused]).toEqual([[expect.objectContaining({ path })], []]);
    },
    fileOf: (path) => join(site.webRoot, `${path.slice(1)}.page.html;ssi`),
  };
}

/**
 * Starts nginx in front of a site, or in front of an upstream that does not run. `more` is for all servers of nginx.
 */
export async function startFront(site: Site, upstream = site.port, more = ''): Promise<number> {
  const port = await freePort();
  const text = site.pages.nginx({
    form: 'whole',
    listen: [`127.0.0.1:${port}`],
    upstreams: [`127.0.0.1:${upstream}`],
  });
  const whole = text.replace(/^http \{$/m, `http {\n${more}`);
  const nginx = await startNginx(process.getuid?.() === 0 ? `user root;\n${whole}` : whole);
  onTestFinished(() => nginx.stop());
  return port;
}

/** Adds a post for everybody, and a menu for visitors who have the cookie. */
export function blogRoutes(app: Express, pages: StaticGenerator): void {
  postRoute(app, pages);
  app.get('/island/menu', (request, response) => {
    const [, name] = /sid=(\w+)/.exec(request.headers.cookie ?? '') ?? [];
    response.send(name === undefined ? FALLBACK : `<b>${name}</b>`);
  });
}

/** Adds only the post. */
export function postRoute(app: Express, pages: StaticGenerator): void {
  app.get('/posts/:id', (request, response) => {
    const menu = pages.island('/island/menu', { fallback: FALLBACK });
    response.send(`<!doctype html><title>Post</title><nav>${menu}</nav><h1>${request.params.id}</h1>`);
  });
}

/** Returns the HTML of a post of {@link blogRoutes}, with a menu. */
export function postFor(menu: string, id = '1'): string {
  const island = `<span data-included="/island/menu">${menu}</span>`;
  return `<!doctype html><title>Post</title><nav>${island}</nav><h1>${id}</h1>`;
}
