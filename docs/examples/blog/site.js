import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import compression from 'compression';
import cookieParser from 'cookie-parser';
import express from 'express';
import { staticGenerator } from 'staticgenerator';
import { openDeliveries } from './deliveries.js';
import { folder as ownFolder } from './folder.js';
import { openComments } from './models/comments.js';
import { openDatabase } from './models/database.js';
import { openMailbox } from './models/messages.js';
import { openPosts, postUrl, tagUrl } from './models/posts.js';
import { DatabaseSessions, readSecret } from './models/sessions.js';
import { openUsers } from './models/users.js';
import { openPageFacts } from './page-facts.js';
import { servePictures } from './pictures.js';
import { adminRoutes } from './routes/admin.js';
import { showError, showNotFound } from './routes/errors.js';
import { formRoutes } from './routes/forms.js';
import { loginRoutes } from './routes/login.js';
import { pageRoutes } from './routes/pages.js';
import { visitorRoutes } from './routes/visitor.js';
import { protect, refuseForeignForms, requireUser } from './security.js';
import { seed } from './seed/seed.js';
import config from './staticgenerator.config.js';
import { openTokens } from './tokens.js';
import { trackModels } from './tracking.js';
import { useViews } from './views.js';
import { PRIVATE, recognizeVisitor, sessions } from './visitor.js';

/** @import { Options } from 'staticgenerator' */

/**
 * @typedef {object} SiteSettings
 * @property {string | undefined} [folder] the folder of the database and the pages; BLOG_FOLDER or var by default
 * @property {number} [posts] how many generated posts to add to the seed; 0 by default
 * @property {string | undefined} [url] the address of the site, for feed and sitemap; http://localhost:8080 by default
 * @property {Partial<Options> | undefined} [options] overrides of staticgenerator.config.js
 *
 * @typedef {Awaited<ReturnType<typeof createServices>>} Services what the routes get
 * @typedef {Awaited<ReturnType<typeof createSite>>} Site
 */

const STATIC_FILES = fileURLToPath(new URL('static', import.meta.url));

/**
 * Builds one whole site. Two sites share nothing, unless they have the same folder: then they behave like two processes
 * of one site.
 *
 * @param {SiteSettings} [settings]
 */
export async function createSite({ folder, posts = 0, url = 'http://localhost:8080', options } = {}) {
  const services = await createServices({ folder, options });
  const { database, pages } = services;

  // Before tracking begins. The pages are deleted because some may be left from an earlier database.
  if ((await seed(database, posts, url)) > 0) await pages.quickDelete('/**');
  await services.users.addDemoUsers();
  trackModels(database, pages);

  const app = createApp(services, url);
  pages.attach(app);

  async function close() {
    services.facts.close();
    await pages.close();
    await database.destroy();
  }

  return { app, pages, close };
}

/** @param {Pick<SiteSettings, 'folder' | 'options'>} settings */
async function createServices({ folder, options }) {
  const database = await openDatabase(join(folder ?? ownFolder, 'database.sqlite'));
  const pages = staticGenerator({
    ...config,
    ...(folder ? { webRoot: join(folder, 'www') } : {}),
    ...options,
  });
  return {
    database,
    posts: openPosts(database),
    comments: openComments(database),
    mailbox: openMailbox(database),
    users: openUsers(database),
    sessionStore: { store: new DatabaseSessions(database), secret: await readSecret(database, 'session') },
    tokens: openTokens(await readSecret(database, 'form')),
    pages,
    facts: await openPageFacts(pages),
    deliveries: openDeliveries(),
  };
}

/**
 * Returns the app. The order of the middleware is the order in which they see a request.
 *
 * @param {Services} services
 * @param {string} url
 */
function createApp(services, url) {
  const app = express();
  app.disable('x-powered-by');
  app.set('trust proxy', 'loopback'); // nginx is the proxy: it says whether the visitor used HTTPS
  useViews(app, { postUrl, tagUrl, siteUrl: url, island: services.pages.island });

  app.use(services.deliveries.note);
  app.use(services.pages.middleware); // early, so that a hit runs none of the middleware below
  app.use(protect);
  app.use(compression({ filter: isEverybodys }));
  app.use(express.static(STATIC_FILES, { index: false }));
  app.use(servePictures);
  app.use(refuseForeignForms);
  app.use(pageRoutes(services)); // before visitors are recognized: these pages are the same for all

  app.use(sessions(services.sessionStore), cookieParser(), recognizeVisitor(services.tokens));
  app.use('/visitor', visitorRoutes(services));
  app.use(formRoutes(services));
  app.use(loginRoutes(services));
  app.use('/admin/pages', requireUser, services.pages.dashboard({ authorize: hasSignedIn }));
  app.use('/admin', adminRoutes(services));
  app.use(showNotFound);
  app.use(showError);
  return app;
}

/**
 * Whether the visitor may see the dashboard and delete pages there. On this site, everybody who may edit posts may do
 * so.
 *
 * @param {express.Request} request
 */
function hasSignedIn(request) {
  return request.session?.user !== undefined;
}

/**
 * Whether a response may be compressed. A response with a visitor's token may not: its compressed length would help to
 * guess the token (the BREACH attack).
 *
 * @param {express.Request} request
 * @param {express.Response} response
 */
function isEverybodys(request, response) {
  return response.get('Cache-Control') !== PRIVATE && compression.filter(request, response);
}
