import { type Options, type ResolvedConfig, resolveConfig } from '../../../src/config.js';

/** The configuration of a site that keeps every page, as the examples in `nginx/` have it. */
export function siteConfig(site: Partial<Options> = {}): ResolvedConfig {
  return resolveConfig({ webRoot: '/var/www/pages', urls: [/^/], logger: false, ...site });
}
