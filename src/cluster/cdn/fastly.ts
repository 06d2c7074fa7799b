import { mapConcurrently } from '../../concurrency.js';
import { atCaller } from '../../errors.js';
import { OptionReader } from '../../option-reader.js';
import { callService } from './call.js';
import { readEndpoint, readSecret } from './options.js';
import { addressesOf } from './origins.js';
import type { CdnService } from './service.js';

/** How to purge a service of Fastly. */
export interface FastlyOptions {
  /** The ID of the service. Default: the environment variable `FASTLY_SERVICE_ID`. */
  readonly service?: string;
  /** An API token with the scopes `purge_select` and `purge_all`. Default: the environment variable `FASTLY_API_TOKEN`. */
  readonly token?: string;
  /** The address of the API. Default: `https://api.fastly.com`. */
  readonly endpoint?: string;
}

const ENDPOINT = 'https://api.fastly.com';
/** How many requests run at a time; each URL needs its own request. */
const CONCURRENCY = 10;

/**
 * Purges by URL at Fastly: `POST /purge/{host}{path}`, one request for each URL, ten at a time. If that exceeds
 * Fastly's limit, Fastly answers 429, and the rest is sent later. To purge everything:
 * `POST /service/{service}/purge_all`, which purges everything that this service has, including assets. Purges are
 * hard, never soft: a stale page is not served. Throws `ERR_OPTIONS` with every problem.
 *
 * @see https://www.fastly.com/documentation/reference/api/purging/
 */
export function fastly(options: FastlyOptions = {}): CdnService {
  const read = new OptionReader(options);
  read.refuseUnknown(['service', 'token', 'endpoint']);
  const service = readSecret(read, 'service', {
    variable: 'FASTLY_SERVICE_ID',
    expected: 'the ID of a service',
    pattern: /^\w+$/,
  });
  const token = readSecret(read, 'token', { variable: 'FASTLY_API_TOKEN', expected: 'an API token' });
  const endpoint = readEndpoint(read, ENDPOINT);
  atCaller(fastly, () => read.throwProblems());
  const post = async (path: string, signal: AbortSignal) => {
    await callService({
      service: 'Fastly',
      url: `${endpoint}${path}`,
      init: { method: 'POST', headers: { 'fastly-key': token, accept: 'application/json' }, signal },
      credentials: 'the token of `fastly()`, which needs the scopes purge_select and purge_all',
    });
  };
  return Object.freeze({
    name: `Fastly, service ${service}`,
    purge: async (urls, { all, signal }) => {
      if (all) return await post(`/service/${service}/purge_all`, signal);
      // Fastly's purge URLs have no scheme.
      const targets = addressesOf(urls).map(({ host, path }) => `/purge/${host}${path}`);
      await mapConcurrently(targets, (path) => post(path, signal), { concurrency: CONCURRENCY });
    },
  } satisfies CdnService);
}
