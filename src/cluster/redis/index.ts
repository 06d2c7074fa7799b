import { createClient } from 'redis';
import { atCaller } from '../../errors.js';
import { OptionReader } from '../../option-reader.js';
import type { Cluster } from '../bus.js';
import { readSettings } from '../engine/settings.js';
import { RedisBus, type RedisClient } from './bus.js';

export type { Cluster } from '../bus.js';
export type { RedisClient } from './bus.js';

const NAMES = { pattern: /^[\w.:-]+$/, expected: 'letters, digits and any of . : _ -' };

/** A client from which others with the same settings can be made. */
export interface DuplicableClient {
  duplicate(): unknown;
}

/** How the hosts of a site reach the Redis or Valkey that they share. */
export interface RedisOptions {
  /** `redis://` or `rediss://`, with user, password and database. Default: `redis://localhost:6379`. */
  readonly url?: string;
  /**
   * Instead of `url`: a client of the package `redis`, with your settings for TLS, sentinels or a cluster. The client
   * itself is not used; others are made with its `duplicate()`.
   */
  readonly client?: DuplicableClient;
  /** The beginning of the keys. Two sites in one database need two names. Default: `staticgenerator`. */
  readonly name?: string;
  /**
   * How long a host serves pages without the bus, in whole seconds, and how long a deletion waits for a host that has died.
   * The same on all hosts, at least 3. Default: 15.
   */
  readonly termSeconds?: number;
}

/**
 * Lets the hosts of a site share their invalidations through Redis or Valkey (option `cluster`). This call does not
 * connect yet. Throws `ERR_OPTIONS` with every problem.
 */
export function redis(options: RedisOptions = {}): Cluster {
  const read = new OptionReader(options);
  read.refuseUnknown(['url', 'client', 'name', 'termSeconds']);
  const url = read.string('url', 'redis://localhost:6379');
  if (!/^rediss?:\/\//.test(url)) read.refuse('url', 'a URL with redis:// or rediss://', url);
  const client = read.raw('client');
  if (client !== undefined && !isDuplicable(client))
    read.refuse('client', 'a client of the package redis, which has duplicate()', client);
  if (client !== undefined && options.url !== undefined)
    read.refuse('client', 'given instead of `url`, not with it', client);
  const settings = readSettings(read, NAMES);
  atCaller(redis, () => read.throwProblems());
  const makeClient = isDuplicable(client)
    ? () => duplicateOf(client)
    : () => clientOf(url, settings.timeoutMilliseconds);
  return Object.freeze({
    termMilliseconds: settings.termMilliseconds,
    description: `${settings.name} in ${isDuplicable(client) ? 'the Redis of the client' : withoutPassword(url)}`,
    connect: () => new RedisBus({ ...settings, makeClient }),
  });
}

/** Creates a client without a queue or reconnects: a client that fails is dropped, and a new one is created. */
function clientOf(url: string, connectTimeout: number): RedisClient {
  return createClient({
    url,
    disableOfflineQueue: true,
    socket: { reconnectStrategy: false, connectTimeout },
  }) as unknown as RedisClient;
}

function duplicateOf(client: DuplicableClient): RedisClient {
  return client.duplicate() as RedisClient;
}

function isDuplicable(client: unknown): client is DuplicableClient {
  return (
    typeof client === 'object' &&
    client !== null &&
    'duplicate' in client &&
    typeof client.duplicate === 'function'
  );
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//');
}
