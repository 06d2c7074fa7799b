import type { Options } from '../../../src/config.js';
import { describeFront, type Front } from '../../../src/front/front.js';
import { type FrontOptions, resolveFrontOptions } from '../../../src/front/options/options.js';
import { siteConfig } from './site-config.js';

/** Returns what is decided about the server in front of a site. */
export function described(site: Partial<Options> = {}, options: FrontOptions = {}): Front {
  const config = siteConfig(site);
  return describeFront(config, resolveFrontOptions(config, options, { name: 'any', problems: [] }));
}
