import type { OptionReader } from '../../option-reader.js';
import type { DeclaredHeaders } from '../../page/response/headers.js';
import type { CdnService, PurgeUrls } from './service.js';

/** A CDN, or another cache, in front of the site, and what is sent to it. */
export interface CdnOptions {
  /**
   * The service that purges: `cloudflare()`, `fastly()`, `cloudfront()` or `purge()` of `staticgenerator/cdn`, or a
   * function, which is called with at most 100 URLs.
   */
  readonly service: CdnService | PurgeUrls;
  /**
   * Headers that every page has only for the CDN: `Surrogate-Control`, or CDN-Cache-Control, with or without the name
   * of a CDN before it: `{ 'CDN-Cache-Control': 'max-age=86400' }`. The app's response gets them too, unless it
   * sets the same header itself. Default: none.
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * How long after a purge the same URLs are purged once more, in milliseconds. The second purge removes
   * responses that were on their way to the CDN at the first. 0: no second purge. With several hosts, at
   * least a term. Default: 10,000.
   */
  readonly purgeAgainMs?: number;
  /**
   * How long `quickDelete` waits for the CDN to accept a purge, in milliseconds. After that it rejects with
   * `ERR_CDN_UNREACHABLE`. 0: it does not wait. Default: 5,000.
   */
  readonly waitMs?: number;
  /** If more purges than this wait to be sent, everything is purged instead. Default: 5,000. */
  readonly maxWaiting?: number;
}

/** {@link CdnOptions} with all defaults filled in. */
export interface ResolvedCdn {
  readonly service: Required<CdnService>;
  readonly headers: DeclaredHeaders;
  readonly purgeAgainMs: number;
  readonly waitMs: number;
  readonly maxWaiting: number;
}

const DEFAULT_PURGE_AGAIN_MS = 10_000;
const DEFAULT_WAIT_MS = 5_000;
const DEFAULT_MAX_WAITING = 5_000;
const MAX_PURGE_AGAIN_MS = 60 * 60 * 1000;
const URLS_PER_CALL = 100;
const FOR_CDNS = /^(?:surrogate-control|(?:[a-z]+-)*cdn-cache-control)$/;
const SERVICE =
  "what cloudflare(), fastly(), cloudfront() or purge() of 'staticgenerator/cdn' returns, or a function";

/** Reads the option `cdn`: {@link CdnOptions}, or its `service` alone. Returns `undefined` if it is not given. */
export function readCdn(read: OptionReader): ResolvedCdn | undefined {
  const given = read.raw('cdn');
  if (given === undefined) return undefined;
  const alone = serviceOf(given);
  if (alone !== undefined) return withDefaults(alone);
  if (typeof given !== 'object' || given === null)
    return void read.refuseUnseen('cdn', `${SERVICE}, or an object with that as its \`service\``, given);
  const group = read.group('cdn');
  return group && readGroup(group);
}

function readGroup(read: OptionReader): ResolvedCdn | undefined {
  read.refuseUnknown(['service', 'headers', 'purgeAgainMs', 'waitMs', 'maxWaiting']);
  const service = serviceOf(read.raw('service'));
  if (service === undefined) read.refuseUnseen('service', SERVICE, read.raw('service'));
  const headers = read.headers('headers');
  for (const [name, { value }] of headers)
    if (!FOR_CDNS.test(name))
      read.refuse(
        `headers.${name}`,
        'declared in the option `headers` of the site; only Surrogate-Control and CDN-Cache-Control, with or without the name of a CDN before them, belong here',
        value,
      );
  const settings = {
    purgeAgainMs: readMilliseconds(read, 'purgeAgainMs', DEFAULT_PURGE_AGAIN_MS),
    waitMs: readMilliseconds(read, 'waitMs', DEFAULT_WAIT_MS),
    maxWaiting: read.positiveInteger('maxWaiting', DEFAULT_MAX_WAITING),
  };
  return service && { ...withDefaults(service), headers, ...settings };
}

function withDefaults(service: Required<CdnService>): ResolvedCdn {
  return {
    ...{ service, headers: new Map(), maxWaiting: DEFAULT_MAX_WAITING },
    ...{ purgeAgainMs: DEFAULT_PURGE_AGAIN_MS, waitMs: DEFAULT_WAIT_MS },
  };
}

function readMilliseconds(read: OptionReader, option: string, fallback: number): number {
  const value = read.raw(option) ?? fallback;
  if (Number.isSafeInteger(value) && typeof value === 'number' && value >= 0 && value <= MAX_PURGE_AGAIN_MS)
    return value;
  read.refuse(option, 'a whole number of milliseconds from 0 to an hour', value);
  return fallback;
}

function serviceOf(value: unknown): Required<CdnService> | undefined {
  const defaults = { urlsPerCall: URLS_PER_CALL, millisecondsPerCall: 0 };
  if (typeof value === 'function')
    return { ...defaults, name: value.name || 'the function of `cdn`', purge: value as PurgeUrls };
  return isService(value) ? { ...defaults, ...value } : undefined;
}

function isService(value: unknown): value is CdnService {
  if (typeof value !== 'object' || value === null) return false;
  return (
    'name' in value && typeof value.name === 'string' && 'purge' in value && typeof value.purge === 'function'
  );
}

/** A setting that an adapter requires. */
interface SecretRule {
  readonly variable: string;
  readonly expected: string;
  readonly pattern?: RegExp;
}

/** Reads an option that may be a secret: no message shows it. If it is not given, reads an environment variable. */
export function readSecret(
  read: OptionReader,
  option: string,
  { variable, expected, pattern = /^[\x21-\x7e]+$/ }: SecretRule,
): string {
  const value = read.raw(option) ?? process.env[variable];
  if (typeof value === 'string' && pattern.test(value)) return value;
  read.refuseUnseen(option, `${expected} (or the environment variable ${variable})`, value);
  return '';
}

/** Reads the address of a service's API, to which paths are appended. */
export function readEndpoint(read: OptionReader, fallback: string): string {
  return read.string('endpoint', fallback).replace(/\/+$/, '');
}
