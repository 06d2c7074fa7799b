import type { Express } from 'express';
import type { StaticGenerator } from '../../../src/static-generator.js';
import {
  type Answer,
  type RequestOptions,
  type Site,
  type SiteOptions,
  startSite,
} from '../../helpers/site/site.js';

/** As `openssl rand -hex 32` prints one. */
export const TOKEN = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
export const basic = { authorization: `Basic ${Buffer.from(`me:${TOKEN}`).toString('base64')}` };

export interface DashboardSite extends Site {
  /** Sends one request to the dashboard, with the token. */
  look(path?: string, options?: RequestOptions): Promise<Answer>;
}

export interface DashboardSiteOptions extends SiteOptions {
  readonly authorize?: Parameters<StaticGenerator['dashboard']>[0]['authorize'];
  readonly routes?: (app: Express, pages: StaticGenerator) => void;
}

/** Starts a site with its dashboard at /_pages, and with a page for each path. The pages below /tagged/ have a tag. */
export async function startDashboardSite({
  authorize = { token: TOKEN },
  routes,
  ...options
}: DashboardSiteOptions = {}): Promise<DashboardSite> {
  const site = await startSite((app, pages) => {
    app.use('/_pages', pages.dashboard({ authorize }));
    routes?.(app, pages);
    app.use((request, response) => {
      const [, tag] = /^\/tagged\/([^/]+)/.exec(request.path) ?? [];
      if (tag !== undefined) pages.tag(decodeURIComponent(tag));
      response.send(`page ${request.path}`);
    });
  }, options);
  const look = (path = '/', { headers, ...given }: RequestOptions = {}) =>
    site.request(`/_pages${path}`, { ...given, headers: { ...basic, ...headers } });
  return { ...site, look };
}

/** Returns the paths of the pages that the list shows. */
export function listedPaths({ body }: Answer): readonly string[] {
  const [, section = ''] = /<section id="stored"(.*?)<\/section>/s.exec(body) ?? [];
  return [...section.matchAll(/<a class="path" href="([^"]*)"/g)].map(([, path = '']) => path);
}
