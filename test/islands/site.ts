import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Options } from '../../src/config.js';
import { type StaticGenerator, staticGenerator } from '../../src/static-generator.js';
import { temporaryFolder } from '../helpers/temporary.js';

/** Creates the pages of a site without an app. */
export async function siteWith(options: Partial<Options>): Promise<StaticGenerator> {
  const webRoot = join(await temporaryFolder(onTestFinished), 'pages');
  const pages = staticGenerator({ urls: [/^\//], logger: false, ...options, webRoot });
  onTestFinished(() => pages.close());
  return pages;
}
