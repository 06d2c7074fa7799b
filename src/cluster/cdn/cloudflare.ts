import { atCaller } from '../../errors.js';
import { OptionReader } from '../../option-reader.js';
import { callService } from './call.js';
import { readEndpoint, readSecret } from './options.js';
import { type CdnService, PurgeRefusedError } from './service.js';

/** How to purge a zone of Cloudflare. */
export interface CloudflareOptions {
  /**
   * The ID of the zone, 32 hexadecimal digits, shown on the zone's overview page. Default: the environment
   * variable `CLOUDFLARE_ZONE_ID`.
   */
  readonly zone?: string;
  /** An API token with the permission Cache Purge for the zone. Default: the environment variable `CLOUDFLARE_API_TOKEN`. */
  readonly token?: string;
  /** The address of the API. Default: `https://api.cloudflare.com/client/v4`. */
  readonly endpoint?: string;
}

/** All plans allow this many; Enterprise allows 500. */
const URLS_PER_CALL = 100;
/** The plan with the lowest limit allows 800 URLs a second. */
const MS_PER_CALL = 125;
const ENDPOINT = 'https://api.cloudflare.com/client/v4';

/**
 * Purges by URL at Cloudflare: `POST /zones/{zone}/purge_cache` with `files`, 100 URLs a call, 8 calls a second. If
 * that exceeds the limit, Cloudflare answers 429, and the rest is sent later. To purge everything: `purge_everything`,
 * which purges the whole zone, including its other host names and its assets. Throws `ERR_OPTIONS` with every problem.
 *
 * @see https://developers.cloudflare.com/cache/how-to/purge-cache/ (limits, by plan)
 * @see https://developers.cloudflare.com/api/resources/cache/methods/purge/
 */
export function cloudflare(options: CloudflareOptions = {}): CdnService {
  const read = new OptionReader(options);
  read.refuseUnknown(['zone', 'token', 'endpoint']);
  const zone = readSecret(read, 'zone', {
    variable: 'CLOUDFLARE_ZONE_ID',
    expected: 'the ID of a zone, 32 hexadecimal digits',
    pattern: /^[0-9a-f]{32}$/i,
  });
  const token = readSecret(read, 'token', { variable: 'CLOUDFLARE_API_TOKEN', expected: 'an API token' });
  const endpoint = readEndpoint(read, ENDPOINT);
  atCaller(cloudflare, () => read.throwProblems());
  return Object.freeze({
    name: `Cloudflare, zone ${zone}`,
    urlsPerCall: URLS_PER_CALL,
    millisecondsPerCall: MS_PER_CALL,
    purge: async (urls, { all, signal }) => {
      if (!all && urls.length === 0) return;
      const text = await callService({
        service: 'Cloudflare',
        url: `${endpoint}/zones/${zone}/purge_cache`,
        init: {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: JSON.stringify(all ? { purge_everything: true } : { files: urls }),
          signal,
        },
        credentials: 'the token of `cloudflare()`, which needs the permission Cache Purge',
      });
      expectSuccess(text);
    },
  } satisfies CdnService);
}

/** Throws unless the body of an answer, too, says that the call succeeded. */
function expectSuccess(text: string): void {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer === 'object' && answer !== null && 'success' in answer && answer.success === true)
      return;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new PurgeRefusedError(`Cloudflare did not confirm the purge: ${text.slice(0, 200)}`);
}
