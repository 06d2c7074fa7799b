import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Express } from 'express';
import type { ExportOptions, ExportReport } from '../../src/export/run-options.js';
import type { StaticGenerator } from '../../src/static-generator.js';
import { type Site, type SiteOptions, startSite } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

export interface ExportingSite extends Site {
  readonly folder: string;
  /** Exports to the folder, without a 404.html unless the options ask for it. */
  export(options?: ExportOptions): Promise<ExportReport>;
  /** Returns the files of the export with their text, without its own manifest. */
  files(): Promise<Record<string, string>>;
}

/** Starts a site, with a folder to export it to. */
export async function exportingSite(
  routes: (app: Express, pages: StaticGenerator) => void,
  options: SiteOptions = {},
): Promise<ExportingSite> {
  const site = await startSite(routes, options);
  const folder = join(await temporaryFolder(), 'site');
  return {
    ...site,
    folder,
    export: (given = {}) => site.pages.exportSite(folder, { notFound: false, ...given }),
    files: () => filesIn(folder),
  };
}

export async function filesIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.staticgenerator'));
  const named = files.map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    named.sort().map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'utf8')]),
  );
  return Object.fromEntries(texts);
}

/** Returns the failures that an export has rejected with. */
export async function failuresOf(
  work: Promise<unknown>,
): Promise<{ code: string; message: string; failures: readonly Record<string, unknown>[] }> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { code, message, fields } = error as {
    code: string;
    message: string;
    fields: { failures: readonly Record<string, unknown>[] };
  };
  return { code, message, failures: fields.failures };
}
