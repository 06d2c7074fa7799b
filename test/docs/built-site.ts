import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { temporaryFolder } from '../helpers/temporary.js';
import { repository } from './markdown.js';

/** What `npm run site` runs, when the package is built. */
export const siteScript = join(repository, 'docs/site/build.js');

/** The website of the documentation, as it is made of what lies here. */
export interface BuiltSite {
  readonly folder: string;
  /** Every page as HTML, by the path that it is served at. */
  readonly pages: ReadonlyMap<string, string>;
  /** Without the pages of the demo, which are the example's own. */
  readonly ownPages: readonly (readonly [path: string, html: string])[];
}

export async function buildSite(...words: readonly string[]): Promise<BuiltSite> {
  const scratch = await temporaryFolder(afterAll);
  const folder = join(scratch, 'site');
  execFileSync(process.execPath, [siteScript, folder, ...words], {
    env: { ...process.env, SITE_FOLDER: join(scratch, 'scratch') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.html'),
  );
  const pages = new Map(
    files.map((name) => [`/${name.replace(/index\.html$/, '')}`, readFileSync(join(folder, name), 'utf8')]),
  );
  return { folder, pages, ownPages: [...pages].filter(([path]) => !path.startsWith('/demo/')) };
}
