import type { Express, Request } from 'express';
import type { UrlRule } from '../../../src/page/rules.js';
import {
  compileChoice,
  compileDimension,
  type VariantDimension,
} from '../../../src/page/variants/dimension.js';
import { noPages, type Pages } from './stateful.js';
import { textOf } from './text.js';

export const dimensions: Readonly<Record<string, VariantDimension>> = {
  language: { cookie: 'lang', header: 'Accept-Language', values: ['en', 'de', 'fr', 'de-CH'] },
  device: { header: 'Sec-CH-UA-Mobile', values: { desktop: '?0', mobile: '?1' } },
  look: { cookie: 'look', values: ['light', 'dark'] },
};

/** Rules of pages with variants, one of them with `as: 'nobody'`. */
export const variedRules: readonly UrlRule[] = [
  { match: /^\/varied\/nobody\//, variants: ['language', 'look'], as: 'nobody' },
  { match: /^\/varied\/single\//, variants: ['language'] },
  { match: /^\/varied\//, variants: ['look', 'device', 'language'], query: { page: /[1-9]/ } },
];

const names = ['list', 'folder/', 'feed.xml', 'data', 'caf%C3%A9', 'said', 'french', 'unasked'];
export const variedPaths: readonly string[] = [
  ...['', 'nobody/', 'single/'].flatMap((folder) => names.map((name) => `/varied/${folder}${name}`)),
  ...['list?page=1', 'folder/?page=2', 'caf%C3%A9?page=2', 'feed.xml?page=3'].map(
    (name) => `/varied/${name}`,
  ),
];

/** Chooses the variants of the site without a cache. */
const choices = new Map(
  Object.entries(dimensions).map(([name, one]) => [name, compileChoice(compileDimension(name, one))]),
);

/** Mounts pages that show only what the request has chosen. Two of them set Vary or Content-Language themselves. */
export function mountVaried(app: Express, pages: Pages): void {
  const chosen = (request: Request, name: string) =>
    pages === noPages ? (choices.get(name)?.(request.headers) ?? '') : pages.variant(name);
  const shown = (request: Request) => {
    const isWhole = !/^\/varied\/(?:nobody|single)\//i.test(request.path);
    const look = isWhole || request.path.includes('nobody') ? chosen(request, 'look') : '';
    const device = isWhole ? chosen(request, 'device') : '';
    return { language: chosen(request, 'language'), device, look, page: request.query.page ?? '' };
  };
  for (const path of ['/varied', '/varied/nobody', '/varied/single']) {
    app.get(`${path}/data`, (request, response) => void response.json(shown(request)));
    app.get(`${path}/feed.xml`, (request, response) => {
      response.type('xml').send(`<feed>${JSON.stringify(shown(request)).replaceAll('<', '&lt;')}</feed>`);
    });
    app.get(`${path}/unasked`, (_request, response) => void response.send('the same for all'));
    app.get(`${path}/:name`, (request, response) => {
      const values = shown(request);
      if (request.params.name === 'said')
        response.vary('Accept-Language').vary('Cookie').set('Content-Language', values.language);
      if (request.params.name === 'french') response.set('Content-Language', 'fr');
      const text = JSON.stringify(values).replace(/[<&]/g, (one) => `&#${one.charCodeAt(0)};`);
      response.send(`<!doctype html><p>${text} ${textOf(400)}`);
    });
  }
}
