import { type Options, type ResolvedConfig, resolveConfig } from '../../../src/config.js';

/** Returns the configuration of a site that stores every page, as in the examples in `nginx/`. */
export function siteConfig(site: Partial<Options> = {}): ResolvedConfig {
  return resolveConfig({ webRoot: '/var/www/pages', urls: [/^/], logger: false, ...site });
}
