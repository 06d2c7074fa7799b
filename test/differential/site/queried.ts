import type { Express, Request } from 'express';
import type { UrlRule } from '../../../src/page/rules.js';
import { textOf } from './text.js';

/** Pages that differ by their query, as the rule says. They read parameters by name, so the order does not matter. */
export const queriedRule: UrlRule = {
  match: /^\/queried\//,
  query: { page: /^[1-9]\d{0,3}$/, tag: /^[^,;]{1,30}$/, sort: ['new', 'old'] },
};

const bare = [
  '/queried/list',
  '/queried/folder/',
  '/queried/feed.xml',
  '/queried/data',
  '/queried/caf%C3%A9',
];
const queries = [
  ...['?page=1', '?page=23', '?page=9999', '?sort=new', '?sort=old', '?page=2&sort=new', '?tag=a'],
  ...['?tag=a%20b', '?tag=%C3%A4', '?tag=x.html', '?tag=..', '?tag=a%2Fb', '?page=2&tag=%3F&sort=old'],
];
export const queriedPaths: readonly string[] = bare.flatMap((path) => [
  path,
  ...queries.map((one) => `${path}${one}`),
]);

export function mountQueried(app: Express): void {
  app.get('/queried/data', (request, response) => void response.json(shown(request)));
  app.get('/queried/feed.xml', (request, response) => {
    response.type('xml').send(`<feed>${escaped(request)}</feed>`);
  });
  app.get('/queried/:name', (request, response) => {
    response.send(`<!doctype html><p>${request.path} ${escaped(request)}</p>${textOf(500)}`);
  });
}

/** Another parameter may change the page, but `utm_*` must not. */
function shown({ query }: Request): object {
  const { page = null, tag = null, sort = null } = query;
  const others = Object.keys(query).filter((name) => !/^(?:page|tag|sort|utm_.*|fbclid)$/.test(name));
  return { page, tag, sort, others };
}

function escaped(request: Request): string {
  return JSON.stringify(shown(request)).replace(/[<&]/g, (one) => `&#${one.charCodeAt(0)};`);
}
