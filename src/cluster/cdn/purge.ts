import http from 'node:http';
import https from 'node:https';
import { mapConcurrently } from '../../concurrency.js';
import { atCaller, messageOf } from '../../errors.js';
import { OptionReader } from '../../option-reader.js';
import { retryAfter } from './call.js';
import { type Address, addressesOf } from './origins.js';
import { type CdnService, type PurgeOrder, PurgeRefusedError } from './service.js';

/** How to purge caches that accept an HTTP method for it. */
export interface PurgeOptions {
  /** The caches; each gets every request: `['http://10.0.0.7:6081']`. */
  readonly urls: readonly string[];
  /** Default: `PURGE`. */
  readonly method?: 'PURGE' | 'BAN' | (string & {});
  /**
   * The path that stands for everything that the cache has of a host. No page has an asterisk
   * in its path. Default: `/*`.
   */
  readonly allPath?: string;
  /** Headers that every request has, such as a password. Default: none. */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Statuses that mean success, in addition to 2xx: `[404]` for a cache that answers so if it does not
   * have the page. Default: none.
   */
  readonly accept?: readonly number[];
}

const CONCURRENCY = 20;
const TOKEN = /^[A-Z]+$/;

/**
 * Purges Varnish, or any cache that accepts a method for it. Sends one request for each host and path, with the page's
 * path and its Host, to each cache. To purge everything: one request for each host, with `allPath`. Throws
 * `ERR_OPTIONS` with every problem.
 *
 * @see https://varnish-cache.org/docs/trunk/users-guide/purging.html
 */
export function purge(options: PurgeOptions): CdnService {
  const read = new OptionReader(options);
  read.refuseUnknown(['urls', 'method', 'allPath', 'headers', 'accept']);
  const urls = readUrls(read);
  const method = read.string('method', 'PURGE');
  if (!TOKEN.test(method)) read.refuse('method', 'a method in capital letters, such as PURGE', method);
  const allPath = read.string('allPath', '/*');
  if (!allPath.startsWith('/')) read.refuse('allPath', 'a path', allPath);
  const headers = read.headers('headers');
  const accept = readStatuses(read);
  atCaller(purge, () => read.throwProblems());
  const own = Object.fromEntries([...headers.values()].map(({ name, value }) => [name, value]));
  const send = (to: URL, { host, path }: Address, signal: AbortSignal) =>
    ask({ to, method, path, headers: { ...own, host }, accept, signal });
  return Object.freeze({
    name: `${method} at ${urls.map((url) => url.host).join(', ')}`,
    purge: async (given: readonly string[], { all, signal }: PurgeOrder) => {
      const addresses = addressesOf(given).map(({ host, path }) => ({ host, path: all ? allPath : path }));
      const calls = urls.flatMap((to) => addresses.map((address) => ({ to, address })));
      await mapConcurrently(calls, ({ to, address }) => send(to, address, signal), {
        concurrency: CONCURRENCY,
      });
    },
  } satisfies CdnService);
}

interface Question {
  readonly to: URL;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly accept: readonly number[];
  readonly signal: AbortSignal;
}

/** Sends one request to a cache. `fetch` cannot be used, because it does not let us set the Host header. */
async function ask({ to, method, path, headers, accept, signal }: Question): Promise<void> {
  const { request } = to.protocol === 'https:' ? https : http;
  const { hostname, port } = to;
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const asked = request({
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      method,
      path,
      headers,
      signal,
    });
    asked.once('response', resolve).once('error', reject).end();
  }).catch((error: unknown) => {
    throw new PurgeRefusedError(`${to.host} did not answer ${method} ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  });
  response.resume();
  const status = response.statusCode ?? 0;
  if ((status >= 200 && status < 300) || accept.includes(status)) return;
  const said = { get: (name: string) => response.headers[name]?.toString() ?? null };
  throw new PurgeRefusedError(`${to.host} answered ${status} to ${method} ${path}`, {
    retryAfterMs: status === 429 || status === 503 ? retryAfter(said) : undefined,
    remedy: remedyOf(status, method),
  });
}

function remedyOf(status: number, method: string): string | undefined {
  if (status === 429 || status >= 500) return undefined;
  if (status === 401 || status === 403 || status === 405)
    return `let the cache accept ${method} from this machine`;
  return `check that the cache handles ${method} itself and does not pass it on, or add the status to \`accept\``;
}

function readUrls(read: OptionReader): readonly URL[] {
  const expected = 'the address of a cache, such as http://10.0.0.7:6081';
  const written = read.names('urls', [], /./, expected);
  if (written.length === 0 && read.isSound) read.refuse('urls', `an array of strings, each ${expected}`, []);
  return written.flatMap((text, index) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url !== undefined && /^https?:$/.test(url.protocol) && url.pathname === '/') return [url];
    read.refuse(`urls[${index}]`, expected, text);
    return [];
  });
}

function readStatuses(read: OptionReader): readonly number[] {
  const value = read.raw('accept') ?? [];
  if (Array.isArray(value) && value.every((one) => Number.isInteger(one) && one >= 200 && one < 500))
    return value;
  read.refuse('accept', 'an array of statuses from 200 to 499', value);
  return [];
}
