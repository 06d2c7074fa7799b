import { collectedFiles, collectedVersion } from '../export/files/collected.js';
import type { ExportSettings } from '../export/options.js';
import { isDeclaration, Routes } from '../export/routes/routes.js';
import { type ExportOptions, type ExportReport, readExportOptions } from '../export/run-options.js';
import type { Exporter, ExporterParts } from '../export/site.js';
import { hostName } from '../page/request/gate.js';
import { compileQueryTest } from '../page/request/query.js';
import type { Foundation } from './foundation.js';
import type { Publishing } from './publishing.js';
import type { Storage } from './storage.js';

/** The export of the whole site to a folder. */
export interface Exporting {
  /** What the app has declared for exports. */
  readonly routes: Routes;
  readonly exportSite: (folder: string, options?: ExportOptions) => Promise<ExportReport>;
}

/** Makes the export. `settings` is the site's option `export`. */
export function makeExport(
  { config, host, webRoot, ledger, publisher }: Foundation & Storage & Publishing,
  settings: ExportSettings | undefined,
): Exporting {
  const { hosts, assets, headers, islands } = config;
  const routes = new Routes();
  const parts: ExporterParts = {
    ...{ publisher, host, seeds: config.warm.urls },
    folderOfHost: (name) => (hosts.length > 1 ? hostName(name) : ''),
    cacheControl: headers.get('cache-control')?.value,
    hasVariants: config.rules.hasVariants,
    ignoresQuery: compileQueryTest(config.ignoreQuery),
    isOfIslands: (path) => islands !== undefined && path.startsWith(`${islands.path}/`),
    log: { ledger, ledgerFile: webRoot.ledgerFile },
    reserved: reservedFolders(config),
    declared: async () => {
      const own = routes.declared();
      return own.length > 0 ? own : (await publisher.declaredRoutes())?.filter(isDeclaration);
    },
    version: () => JSON.stringify([config.version, collectedVersion(assets)]),
    collected: () => collectedFiles(assets),
  };
  let exporter: Promise<Exporter> | undefined;
  return {
    routes,
    exportSite: async (folder, given = {}) => {
      const options = readExportOptions(given, settings);
      exporter ??= load(parts);
      return await (await exporter).export(folder, options);
    },
  };
}

/** Loads the exporter when it is first used: a site that serves does not need the parsers of an export. */
async function load(parts: ExporterParts): Promise<Exporter> {
  const { Exporter } = await import('../export/site.js');
  return new Exporter(parts);
}

/** Returns the folders that no export may replace. */
function reservedFolders({ webRoot, assets }: Foundation['config']): ExporterParts['reserved'] {
  const pages = { name: 'WEB_ROOT', path: webRoot };
  return assets === undefined ? [pages] : [pages, { name: 'STATIC_ROOT', path: assets.root }];
}
