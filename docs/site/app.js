import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Eta } from 'eta';
import express from 'express';
import { staticGenerator } from 'staticgenerator';
import { assets } from 'staticgenerator/assets';
import { pathOf } from './content/library.js';
import { searchDocuments } from './content/search-documents.js';
import { makePages } from './content/site-pages.js';
import { sourceUrlOf } from './content/source-url.js';
import { demoRoutes } from './demo.js';
import { folder } from './folder.js';
import config from './staticgenerator.config.js';

/** The Content-Security-Policy of every page: nothing inline, and nothing from other sites. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const STYLES = ['colors', 'page', 'contents', 'text', 'code', 'table', 'search'];

const manifest = JSON.parse(readFileSync(pathOf('package.json'), 'utf8'));
const site = makePages({ sourceUrl: sourceUrlOf(manifest) });
const eta = new Eta({ views: fileURLToPath(new URL('views', import.meta.url)), cache: true });

export const pages = staticGenerator({ ...config, logger: false });
const { middleware: serveAssets, assetUrl } = assets({ ...config.assets, logger: false });
/** The folder of the exported example blog. If it does not exist, the site has no demo. */
const demo = join(folder, 'demo');
const hasDemo = existsSync(join(demo, 'index.html'));

export const app = express();
app.use(pages.middleware);
app.use(serveAssets);
for (const page of site.pages) addPage(page);
addPage({ ...notFound(), url: '/404.html' });
pages.route('/search.json');
app.get('/search.json', (_request, response) => {
  response.json(searchDocuments(site.library, site.pages));
});
if (hasDemo) app.use('/demo', demoRoutes(demo, { policy: POLICY, styleUrl: assetUrl('demo.css') }));
for (const [url, file] of site.files)
  app.get(decodeURI(url), (request, response) => {
    response.type(request.path.slice(request.path.lastIndexOf('.')));
    createReadStream(file).pipe(response);
  });
pages.attach(app);

/** @param {import('./content/site-pages.js').Page} page */
function addPage(page) {
  const isHome = page.lead !== undefined;
  const styles = isHome ? [...STYLES, 'home'] : STYLES;
  const { name, version, repository } = manifest;
  const about = { name, version, repository: addressOf(repository) };
  const data = { page, parts: site.parts, project: about, hasDemo, policy: POLICY, styles, assetUrl };
  if (page.url !== '/404.html') pages.route(page.url);
  app.get(page.url, (_request, response) => {
    const isMissing = page.url === '/404.html';
    response.status(isMissing ? 404 : 200).send(eta.render(isHome ? './home' : './page', data));
  });
}

/** @returns {import('./content/site-pages.js').Page} */
function notFound() {
  const html = '<h1>There is no such page</h1><p>Search for it, or begin at the <a href="/">start</a>.</p>';
  const title = 'There is no such page';
  const rest = { part: '', headings: [], before: undefined, after: undefined };
  return { file: '', url: '', title, about: title, html, ...rest };
}

/**
 * Returns the URL that people open in a browser, from the `repository` of package.json.
 *
 * @param {string | { url: string } | undefined} repository
 */
function addressOf(repository) {
  const url = typeof repository === 'string' ? repository : repository?.url;
  return url?.replace(/^git\+/, '').replace(/\.git$/, '');
}
