import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import express from 'express';

const BANNER = `<aside class="demo-banner" aria-label="About this demo">
  This is the <a href="/examples/blog/">example blog</a>, exported to plain files. Search, comments, signing in, and the line
  that says how each page came, need its server: <code>npm start</code> starts it. <a href="/">Back to the documentation</a>
</aside>`;

/** The script that fetches islands from a server. An export has no server, so the exported fallbacks stay. */
const ISLANDS_SCRIPT = /<script[^>]* src="[^"]*\/_islands\/[^"]*"[^>]*><\/script>/g;

/** The line that says how the server sent the page. */
const STRIP = /<aside class="strip"[\s\S]*?<\/aside>/;

/**
 * Returns the routes of the exported example blog. Each page gets a line that says what it is.
 *
 * @param {string} folder
 * @param {{ policy: string, styleUrl: string }} look the policy of each page, and the URL of that line's stylesheet
 */
export function demoRoutes(folder, { policy, styleUrl }) {
  const routes = express.Router();
  routes.get('/{*path}', (request, response, next) => {
    const file = pageFile(folder, request.path);
    if (file === undefined) return next();
    response.type('html').send(dress(readFileSync(file, 'utf8'), { policy, styleUrl }));
  });
  routes.use(express.static(folder, { index: false, redirect: false }));
  return routes;
}

/**
 * @param {string} folder
 * @param {string} path
 */
function pageFile(folder, path) {
  const named = join(folder, posix.normalize(decodeURIComponent(path)));
  return [named, join(named, 'index.html')].find((file) => file.endsWith('.html') && existsSync(file));
}

/**
 * @param {string} html
 * @param {{ policy: string, styleUrl: string }} look
 */
function dress(html, { policy, styleUrl }) {
  const head = `<meta name="robots" content="noindex">
  <meta http-equiv="Content-Security-Policy" content="${policy}">
  <link rel="stylesheet" href="${styleUrl}">
</head>`;
  // The banner goes before the header, because the link that skips to the content must stay first.
  return html
    .replace(STRIP, '')
    .replace(ISLANDS_SCRIPT, '')
    .replace('</head>', head)
    .replace('<header', `${BANNER}\n  <header`);
}
