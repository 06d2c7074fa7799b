// One process of a site, driven over IPC:
//   node process.js '{"setting": "plain", "folder": …, "webRoot": …}'
// Without `webRoot` it is the site without a cache.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RequestHandler } from 'express';
import { staticGenerator } from '../../../src/index.js';
import { createSite } from './app.js';
import { type SettingName, settings } from './settings.js';
import { noPages } from './stateful.js';

export interface SiteArguments {
  readonly setting: SettingName;
  readonly folder: string;
  readonly webRoot?: string | undefined;
}

export type SiteEvent =
  | { readonly event: 'listening'; readonly port: number }
  | { readonly event: 'figures'; readonly figures: Readonly<Record<string, number>> }
  | { readonly event: 'warning'; readonly message: string }
  | { readonly event: 'closed' };

export type SiteCommand = 'figures' | 'close';

// The modes of files must not depend on the umask.
process.umask(0);

const { setting: name, folder, webRoot } = JSON.parse(process.argv[2] ?? '{}') as SiteArguments;
const setting = settings[name];
const tell = (event: SiteEvent) => process.send?.(event);
const warn = (fields: object, message: string) => {
  const reason = 'reason' in fields ? fields.reason : undefined;
  // Warnings about foreign hosts are left out, because tests request these hosts on purpose.
  if (reason !== 'host') tell({ event: 'warning', message: `${message} ${JSON.stringify(fields)}` });
};
const quiet = () => undefined;
const logger = { debug: quiet, info: quiet, warn, error: warn };

const pages = webRoot === undefined ? undefined : staticGenerator({ ...setting.options, webRoot, logger });
const figures = new Map<string, number>();
/** Counts the answers of this process. All other hits are nginx's. */
const count: RequestHandler = (_request, response, next) => {
  response.once('close', () => {
    const status = String(response.getHeader('cache-status') ?? 'none');
    figures.set(status, (figures.get(status) ?? 0) + 1);
  });
  next();
};
const middleware = pages === undefined ? [] : [count, pages.middleware];
const app = createSite({ setting, folder, pages: pages ?? noPages, middleware });
pages?.attach(app);
const server = createServer(app).listen(0, '127.0.0.1', () => {
  tell({ event: 'listening', port: (server.address() as AddressInfo).port });
});

process.on('message', async (command: SiteCommand) => {
  if (command === 'figures') tell({ event: 'figures', figures: Object.fromEntries(figures) });
  else {
    await pages?.close();
    server.close();
    server.closeAllConnections();
    tell({ event: 'closed' });
    process.disconnect();
  }
});
