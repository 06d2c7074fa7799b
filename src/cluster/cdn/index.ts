export { type CloudflareOptions, cloudflare } from './cloudflare.js';
export { type AwsCredentials, type CloudfrontOptions, cloudfront } from './cloudfront.js';
export { type FastlyOptions, fastly } from './fastly.js';
export type { CdnOptions } from './options.js';
export { type PurgeOptions, purge } from './purge.js';
export { type CdnService, type PurgeOrder, PurgeRefusedError, type PurgeUrls } from './service.js';
