import { atCaller } from '../../../errors.js';
import { type OptionProblem, OptionReader } from '../../../option-reader.js';
import { requirePages, type TrackOptions } from '../../options.js';
import type { TrackablePages } from '../../tracker.js';
import { readChannel } from '../triggers/tables.js';
import type { PgListenClient } from './client.js';
import { Listener } from './listener.js';

export interface ListenOptions extends Pick<TrackOptions, 'entities' | 'name' | 'ignore' | 'onError'> {
  /** The channel of the triggers. Default: `staticgenerator`. */
  readonly channel?: string;
  /** How often the connection is checked, and how long it may take to answer, in milliseconds. Default: 10,000. */
  readonly heartbeatMs?: number;
}

export interface PostgresListener {
  /** Resolves when the site first listens, and pages whose changes it may have missed are deleted. Never rejects. */
  readonly ready: Promise<void>;
  /** Ends the connection. Resolves when all notified changes are handled. Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_HEARTBEAT_MS = 10_000;

/**
 * Deletes the pages that read what PostgreSQL reports as changed, by the triggers of `postgresTriggers()`.
 * `createClient` returns a new client of pg for each connection, not connected yet, and not to a pooler that shares
 * connections. Without a connection, changes are missed. So at the start, and at each new connection, it deletes what
 * may have changed: all pages or, if `entities` lists models, those that read one of them. Throws `ERR_OPTIONS`.
 */
export function listenPostgres(
  createClient: () => PgListenClient | Promise<PgListenClient>,
  pages: TrackablePages,
  options: ListenOptions = {},
): PostgresListener {
  const { channel, heartbeatMs, tracker, entities } = atCaller(listenPostgres, () => {
    const { channel, heartbeatMs, ...given } = readOptions({ createClient, pages }, options);
    const entities = typeof given.entities === 'function' ? undefined : given.entities;
    return { channel, heartbeatMs, tracker: pages.track(given), entities };
  });
  const listener = new Listener({ createClient, tracker, channel, heartbeatMs, entities });
  listener.start();
  return { ready: listener.ready, close: () => listener.close() };
}

function readOptions(
  { createClient, pages }: { readonly createClient: unknown; readonly pages: object },
  options: ListenOptions,
): ListenOptions & { readonly channel: string; readonly heartbeatMs: number } {
  const problems: OptionProblem[] = [];
  const reader = new OptionReader(options, problems);
  if (typeof createClient !== 'function')
    reader.refuseUnseen('createClient', 'a function that gives a new client of pg', createClient);
  requirePages(pages, reader);
  reader.refuseUnknown(['entities', 'name', 'ignore', 'onError', 'channel', 'heartbeatMs']);
  const channel = readChannel(reader);
  const heartbeatMs = reader.positiveInteger('heartbeatMs', DEFAULT_HEARTBEAT_MS);
  reader.throwProblems();
  return { ...options, channel, heartbeatMs };
}
