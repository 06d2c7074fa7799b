// Measures whole processes: starting the package, and the command that warms a site.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runCommand } from '../../harness/processes/command.mjs';
import { pinned, SERVER_CORE } from '../../harness/processes/tools.mjs';
import { entryOf, programOf } from '../checkouts.mjs';
import { startSubject } from './served.mjs';

const PACKAGE = 'staticgenerator';
const WARMED_PAGES = 300;
const USAGE = new URL('../subjects/usage.mjs', import.meta.url).href;
const SITE_PAGES = fileURLToPath(new URL('../subjects/site-pages.mjs', import.meta.url));

export const start = {
  ...{ name: 'start', needs: [PACKAGE] },
  /**
   * Starts the site once before anything is measured, so that WEB_ROOT exists: a site starts many times, but creates
   * its folder once.
   */
  async start({ root }, folder) {
    const subject = { entry: entryOf(root, PACKAGE), webRoot: join(folder, 'pages'), stop: () => undefined };
    await startTurn(subject, 'answered');
    return subject;
  },
  measures: [
    {
      name: 'start: import and compose',
      isCold: true,
      share: 0.1,
      turn: (subject) => startTurn(subject, 'composed'),
    },
    {
      name: 'start: to the first answer',
      isCold: true,
      share: 0.1,
      turn: (subject) => startTurn(subject, 'answered'),
    },
  ],
};

export const warm = {
  ...{ name: 'warm', needs: [PACKAGE] },
  async start({ root }, folder) {
    writeFileSync(join(folder, 'app.mjs'), appSource(entryOf(root, PACKAGE)));
    const config = join(folder, 'staticgenerator.config.mjs');
    writeFileSync(config, configSource());
    return { folder, config, program: programOf(root), stop: () => undefined };
  },
  measures: [{ name: `warm, the command, ${WARMED_PAGES} pages`, isCold: true, share: 0.04, turn: warmTurn }],
};

async function startTurn({ entry, webRoot }, until) {
  const { cpu, ms, stop } = await startSubject('start.mjs', [entry, webRoot, until]);
  await stop();
  return { operations: 1, cpu, ms };
}

/** Warms a site into a new folder. The time includes the start of the command. */
async function warmTurn({ folder, config, program }) {
  const usageFile = join(folder, 'usage');
  const webRoot = join(folder, 'pages');
  rmSync(webRoot, { recursive: true, force: true });
  mkdirSync(webRoot);
  const command = [process.execPath, '--import', USAGE, program, '--config', config, '--json', 'warm'];
  const startedAt = performance.now();
  const printed = await runCommand(pinned(SERVER_CORE, command), {
    env: { ...process.env, WEB_ROOT: webRoot, USAGE_FILE: usageFile },
  });
  const ms = performance.now() - startedAt;
  const { stored } = JSON.parse(printed);
  if (stored !== WARMED_PAGES + 1) throw new Error(`${stored} pages are warmed, not ${WARMED_PAGES + 1}`);
  return { operations: 1, ms, cpu: Number(readFileSync(usageFile, 'utf8')) };
}

function configSource() {
  return `export default { webRoot: process.env.WEB_ROOT, urls: [/^\\//], logger: false, app: () => import('./app.mjs') };\n`;
}

/** Returns an app with a page that links to all others. */
function appSource(entry) {
  return `import { staticGenerator } from ${JSON.stringify(pathToFileURL(entry).href)};
import { bodyOf, manyPaths } from ${JSON.stringify(pathToFileURL(SITE_PAGES).href)};
const pages = staticGenerator({ webRoot: process.env.WEB_ROOT, urls: [/^\\//], logger: false });
const links = manyPaths('warm', ${WARMED_PAGES}).map((path) => '<a href="' + path + '">page</a>').join('');
export const app = (request, response) => pages.middleware(request, response, () => {
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(request.url === '/' ? '<!doctype html>' + links : bodyOf(request.url));
});
`;
}
