import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sharedFolder } from '../helpers/servers/shared-servers.js';
import { repository } from './markdown.js';

const execute = promisify(execFile);
/** The address for which the website is built. */
export const SITE_URL = 'https://www.example.com';

/** The script that `npm run site` runs when the package is built. */
export const siteScript = join(repository, 'docs/site/build.js');

/** The website of the documentation, built from this checkout. */
export interface BuiltSite {
  readonly folder: string;
  /** Every page as HTML, by the path at which it is served. */
  readonly pages: ReadonlyMap<string, string>;
  /** The pages, without those of the demo, which belong to the example. */
  readonly ownPages: readonly (readonly [path: string, html: string])[];
}

/** Builds the website in a folder for {@link builtSite}, as `npm run site` does. */
export async function buildSiteInto(folder: string): Promise<void> {
  const words = [siteScript, join(folder, 'site'), '--url', SITE_URL];
  await execute(process.execPath, words, {
    env: { ...process.env, SITE_FOLDER: join(folder, 'scratch'), NO_COLOR: '1' },
  });
}

/** Returns the website for {@link SITE_URL}, which is built once for all tests of a run. */
export async function builtSite(): Promise<BuiltSite> {
  const folder = join(await sharedFolder('site'), 'site');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.html'),
  );
  const pages = new Map(
    files.map((name) => [`/${name.replace(/index\.html$/, '')}`, readFileSync(join(folder, name), 'utf8')]),
  );
  return { folder, pages, ownPages: [...pages].filter(([path]) => !path.startsWith('/demo/')) };
}
