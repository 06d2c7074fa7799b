import compression from 'compression';
import cookieParser from 'cookie-parser';
import cors from 'cors';
import { doubleCsrf } from 'csrf-csrf';
import type { Express, Request, RequestHandler } from 'express';
import session, { MemoryStore } from 'express-session';
import helmet from 'helmet';
import i18next from 'i18next';
import { handle, LanguageDetector } from 'i18next-http-middleware';
import { type SiteState, StateSessions } from './state.js';
import { htmlOf, textOf } from './text.js';

declare module 'express-session' {
  interface SessionData {
    visitor: string;
  }
}

export const SESSION_SECRET = 'secret';

/** Sessions that have the same identifiers on both sites. */
export function sessions(state: SiteState, saveUninitialized: boolean): RequestHandler {
  const genid = (request: Request) => `session-of-${String(request.query.visitor ?? 'nobody')}`;
  const store = saveUninitialized ? new MemoryStore() : new StateSessions(state);
  return session({ secret: SESSION_SECRET, resave: false, saveUninitialized, genid, store });
}

/** The options of i18next's language detector that this site sets. */
interface Detection {
  readonly order?: readonly ('querystring' | 'cookie' | 'header')[];
  readonly caches?: readonly 'cookie'[];
}

/** Protects against forged requests, and gives a token to pages that ask for one. */
export function csrfGuard(): readonly RequestHandler[] {
  const guard = doubleCsrf({ getSecret: () => SESSION_SECRET, getSessionIdentifier: () => 'nobody' });
  return [cookieParser(SESSION_SECRET), guard.doubleCsrfProtection];
}

/** Greets in English or German. Without `detection`, query, cookie and Accept-Language choose. */
export function translations(detection: Detection = {}): RequestHandler {
  const instance = i18next.createInstance().use(LanguageDetector);
  void instance.init({
    ...{ fallbackLng: 'en', preload: ['en', 'de'], initAsync: false, showSupportNotice: false },
    detection,
    resources: {
      en: { translation: { greeting: 'Good day' } },
      de: { translation: { greeting: 'Guten Tag' } },
    },
  });
  return handle(instance);
}

/** The packages, by the name of their folder. */
function stacks(state: SiteState): Readonly<Record<string, readonly RequestHandler[]>> {
  return {
    helmet: [helmet()],
    cors: [cors()],
    'cors-origin': [cors({ origin: true, credentials: true })],
    zip: [compression()],
    'zip-small': [compression({ threshold: 0 })],
    cookies: [cookieParser(SESSION_SECRET)],
    session: [sessions(state, false)],
    csrf: csrfGuard(),
    // If Accept-Language could choose, the answers would have to say so in Vary.
    i18n: [translations({ order: ['querystring', 'cookie'] })],
    'session-always': [sessions(state, true)],
    all: [helmet(), cors(), compression(), cookieParser(SESSION_SECRET), sessions(state, false)],
  };
}

const names = Object.keys(stacks({} as SiteState));
const orders = ['outer', 'inner'] as const;

export const middlewarePaths: readonly string[] = orders.flatMap((order) =>
  names.flatMap((name) => [`/${order}/${name}`, `/${order}/${name}/long`, `/${order}/${name}/data.json`]),
);

/** Mounts each package on its own folder, before our middleware or after it. */
export function mountMiddleware(app: Express, order: (typeof orders)[number], state: SiteState): void {
  for (const [name, handlers] of Object.entries(stacks(state))) app.use(`/${order}/${name}`, ...handlers);
  if (order === 'outer') {
    app.use('/hidden', (_request, response, next) => {
      response.set('X-Frame-Options', 'DENY').set('X-Outer', 'outer');
      next();
    });
  }
}

/** Answers requests in the folders, whichever packages are in front. */
export function mountFolders(app: Express): void {
  for (const order of orders) {
    app.get(`/${order}/:name`, (request, response) => {
      const visitor = request.session?.visitor ?? 'nobody';
      response.send(htmlOf(request, `${request.t?.('greeting') ?? 'Good day'} ${visitor}`));
    });
    app.get(`/${order}/:name/long`, (request, response) => {
      response.send(htmlOf(request, 'long', textOf(4_000)));
    });
    app.get(`/${order}/:name/data.json`, (_request, response) => {
      response.json({ list: Array<string>(100).fill('item') });
    });
    app.post(`/${order}/:name/login`, (request, response) => {
      if (request.session !== undefined) request.session.visitor = String(request.query.visitor ?? 'nobody');
      response.redirect(303, `/${order}/${request.params.name}`);
    });
  }
  app.get('/hidden/frame', (request, response) => {
    response.removeHeader('X-Frame-Options');
    response.send(htmlOf(request, 'no frame options'));
  });
}
