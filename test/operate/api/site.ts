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
export const bearer = { authorization: `Bearer ${TOKEN}` };

export interface ApiSite extends Site {
  /** Sends one request to the API, with the token. A `json` is sent with POST. */
  call(path: string, options?: CallOptions): Promise<ApiAnswer>;
}

export interface CallOptions extends RequestOptions {
  readonly json?: unknown;
}

export interface ApiAnswer extends Answer {
  /** The parsed body, if it is JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: a test looks into it
  readonly document: any;
}

export interface ApiSiteOptions extends SiteOptions {
  readonly authorize?: Parameters<StaticGenerator['api']>[0]['authorize'];
  /** Routes before the API and the pages. */
  readonly routes?: (app: Express, pages: StaticGenerator) => void;
}

/** Starts a site with its API at /_pages, and with a page for each path. */
export async function startApiSite({
  authorize = { token: TOKEN },
  routes,
  ...options
}: ApiSiteOptions = {}): Promise<ApiSite> {
  const site = await startSite((app, pages) => {
    routes?.(app, pages);
    app.use('/_pages', pages.api({ authorize }));
    app.use((request, response) => {
      const [, tag] = /^\/tagged\/(\w+)/.exec(request.path) ?? [];
      if (tag !== undefined) pages.tag(tag);
      response.send(`page ${request.path}`);
    });
  }, options);
  const call = async (path: string, { json, headers = {}, ...given }: CallOptions = {}) => {
    const sent =
      json === undefined
        ? { ...given, headers: { ...bearer, ...headers } }
        : {
            ...{ method: 'POST', body: JSON.stringify(json), ...given },
            headers: { ...bearer, 'content-type': 'application/json', ...headers },
          };
    return withDocument(await site.request(`/_pages${path}`, sent));
  };
  return { ...site, call };
}

export function withDocument(answer: Answer): ApiAnswer {
  const isJson = /^application\/(?:problem\+)?json$/.test(String(answer.headers['content-type']));
  return { ...answer, document: isJson && answer.body !== '' ? JSON.parse(answer.body) : undefined };
}
