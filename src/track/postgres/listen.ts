import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../errors.js';
import { type OptionProblem, OptionReader } from '../../option-reader.js';
import { type Change, requirePages, type TrackOptions } from '../track-options.js';
import type { TrackablePages, Tracker } from '../tracker.js';
import { quoteName } from './names.js';
import { changesIn } from './notification.js';
import { readChannel } from './trigger-tables.js';

/** What of pg's Client is used. */
export interface PgListenClient {
  connect(): unknown;
  query(text: string): unknown;
  on(event: 'notification' | 'error' | 'end', listener: (given: never) => void): unknown;
  end(): unknown;
}

export interface ListenOptions extends Pick<TrackOptions, 'entities' | 'name' | 'ignore' | 'onError'> {
  /** As given to the triggers. Default: `staticgenerator`. */
  readonly channel?: string;
  /** How often the connection is looked after, and how long it may take to answer, in milliseconds. Default: 10,000. */
  readonly heartbeatMs?: number;
}

export interface PostgresListener {
  /** Resolves when the site listens for the first time and what may have been missed before is deleted. Never rejects. */
  readonly ready: Promise<void>;
  /** Ends the connection; what has been notified is finished first. Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_HEARTBEAT_MS = 10_000;
const CONNECT_MS = 10_000;
/** How long a server may take to say goodbye. */
const END_MS = 2_000;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 30_000;
const LISTENING = 'select pg_catalog.pg_listening_channels() as channel';

/**
 * Deletes the pages that have read what PostgreSQL tells to have changed, by triggers of `postgresTriggers()`. The function
 * gives a new client of pg for each connection, which is not connected yet, and none of a pooler that shares connections.
 * While there is no connection changes go unnoticed, so whenever there is one again, and at the start, everything that may
 * have changed is deleted: all pages, or those that read one of the `entities`, where these are listed. Throws `ERR_OPTIONS`.
 */
export function listenPostgres(
  createClient: () => PgListenClient | Promise<PgListenClient>,
  pages: TrackablePages,
  options: ListenOptions = {},
): PostgresListener {
  const { channel, heartbeatMs, ...given } = readOptions({ createClient, pages }, options);
  const tracker = pages.track(given);
  const entities = typeof given.entities === 'function' ? undefined : given.entities;
  const listener = new Listener({ createClient, tracker, channel, heartbeatMs, entities });
  listener.start();
  return { ready: listener.ready, close: () => listener.close() };
}

interface ListenerParts {
  readonly createClient: () => PgListenClient | Promise<PgListenClient>;
  readonly tracker: Tracker;
  readonly channel: string;
  readonly heartbeatMs: number;
  /** What the listener is in charge of; undefined: everything. */
  readonly entities: readonly string[] | undefined;
}

/** One connection after the other, each until it is lost. */
class Listener {
  readonly ready: Promise<void>;
  readonly #parts: ListenerParts;
  readonly #closing = new AbortController();
  readonly #changes: NotifiedChanges;
  #setReady: () => void = () => undefined;
  #retryMs = FIRST_RETRY_MS;
  #failures = 0;
  #over: Promise<void> = Promise.resolve();

  constructor(parts: ListenerParts) {
    this.#parts = parts;
    this.#changes = new NotifiedChanges(parts);
    this.ready = new Promise((resolve) => {
      this.#setReady = resolve;
    });
  }

  start(): void {
    this.#over = this.#run();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#over;
    await this.#changes.settled();
    this.#parts.tracker.detach();
    this.#setReady();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      await this.#connection().catch((error) => this.#lost(error));
      const wait = this.#retryMs * (0.5 + Math.random() / 2);
      this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
      await sleep(wait, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** From its beginning to its end, which is always an error. */
  async #connection(): Promise<void> {
    const over = new AbortController();
    const giveUp = () => over.abort(new Error('close() has been called'));
    const { signal } = this.#closing;
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    try {
      const created = Promise.resolve(this.#parts.createClient());
      const client = await within(created, CONNECT_MS, { what: 'making a client', signal: over.signal });
      await this.#use(client, over).finally(() => end(client));
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  async #use(client: PgListenClient, over: AbortController): Promise<void> {
    const { channel, heartbeatMs, tracker } = this.#parts;
    const { signal } = over;
    client.on('error', (error) => over.abort(error));
    client.on('end', () => over.abort(new Error('the connection has ended')));
    client.on('notification', (message) => this.#changes.take(message));
    const ask = (text: string) =>
      within(Promise.resolve(client.query(text)), heartbeatMs, { what: text, signal });
    await within(Promise.resolve(client.connect()), CONNECT_MS, { what: 'connecting', signal });
    await ask(`listen ${quoteName(channel)}`);
    this.#check(await ask(LISTENING));
    // What changes from here on is notified; what has changed before is not.
    await this.#changes.takeAnything('listening to PostgreSQL begins');
    tracker.logger.info({ channel, failures: this.#failures }, 'listening to PostgreSQL');
    this.#failures = 0;
    this.#setReady();
    for (;;) {
      await sleep(heartbeatMs, undefined, { ref: false, signal }).catch(() => signal.throwIfAborted());
      this.#check(await ask(LISTENING));
      this.#retryMs = FIRST_RETRY_MS;
    }
  }

  /** A pooler that gives a connection to others between two transactions loses what was listened to. */
  #check(answer: unknown): void {
    const rows: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'rows') : [];
    const isListening = (row: unknown) =>
      typeof row === 'object' && row !== null && Reflect.get(row, 'channel') === this.#parts.channel;
    if (Array.isArray(rows) && rows.some(isListening)) return;
    throw new Error(
      'LISTEN does not last: connect to PostgreSQL itself, not to a pooler that shares connections',
    );
  }

  #lost(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#failures += 1;
    const { tracker, channel } = this.#parts;
    const message = `PostgreSQL cannot be listened to; changes are noticed when it can be again: ${messageOf(error)}`;
    // Once, not with every attempt.
    if (this.#failures === 1) tracker.report(new Error(message, { cause: error }));
    else tracker.logger.debug({ channel, failures: this.#failures, err: error }, message);
  }
}

/** What has been notified and is not deleted yet; what comes while a deletion is under way goes into the next, together. */
class NotifiedChanges {
  readonly #parts: ListenerParts;
  #next: Change[] = [];
  #anything: string | undefined;
  #isBusy = false;
  #done: Promise<void> = Promise.resolve();

  constructor(parts: ListenerParts) {
    this.#parts = parts;
  }

  /** A notification. */
  take({ channel, payload = '' }: { readonly channel?: string; readonly payload?: string }): void {
    if (channel !== this.#parts.channel) return;
    const changes = changesIn(payload);
    if (changes === undefined) this.#anything = `the notification ${JSON.stringify(payload.slice(0, 80))}`;
    else for (const change of changes) this.#next.push(change);
    this.#begin();
  }

  /** Resolves when everything that may have changed is deleted. */
  async takeAnything(reason: string): Promise<void> {
    this.#anything = reason;
    this.#begin();
    await this.#done;
  }

  /** Resolves when all that has been taken is deleted. */
  async settled(): Promise<void> {
    await this.#done;
  }

  #begin(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#done = this.#finish();
  }

  async #finish(): Promise<void> {
    const { tracker } = this.#parts;
    // What came in one piece from the network is taken together.
    await Promise.resolve();
    while (this.#next.length > 0 || this.#anything !== undefined) {
      const changes = this.#next;
      const reason = this.#anything;
      this.#next = [];
      this.#anything = undefined;
      if (reason !== undefined) await this.#anythingChanged(reason);
      else await tracker.changed(changes);
      const entities = [...new Set(changes.map(({ entity }) => entity))];
      tracker.logger.debug({ changes: changes.length, entities }, 'PostgreSQL has told of changes');
    }
    this.#isBusy = false;
  }

  async #anythingChanged(reason: string): Promise<void> {
    const { tracker, entities } = this.#parts;
    if (entities === undefined) return await tracker.changedAnything(reason);
    tracker.logger.info({ reason, entities }, 'changes may have been missed; the pages of these are deleted');
    await tracker.changed(entities.map((entity) => ({ entity, action: 'unknown' })));
  }
}

/** Rejects if the work is not done in time, or with the signal's reason. It leaves nothing behind on the signal. */
function within<T>(
  work: Promise<T>,
  milliseconds: number,
  { what, signal }: { readonly what: string; readonly signal: AbortSignal },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => finish(() => reject(new Error(`no answer within ${milliseconds} ms to: ${what}`))),
      milliseconds,
    ).unref();
    const giveUp = () => finish(() => reject(signal.reason));
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      settle();
    };
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    work.then(
      (value) => finish(() => resolve(value)),
      (error) => finish(() => reject(error)),
    );
  });
}

/** A server that does not answer must not keep anybody waiting, nor the process alive. */
async function end(client: PgListenClient): Promise<void> {
  const over = new AbortController();
  const ended = Promise.resolve(client.end()).catch(() => undefined);
  const late = sleep(END_MS, undefined, { signal: over.signal, ref: false }).then(() => destroy(client));
  await Promise.race([ended, late.catch(() => undefined)]);
  over.abort();
}

function destroy(client: unknown): void {
  const { connection } = client as { readonly connection?: { readonly stream?: { destroy?(): void } } };
  connection?.stream?.destroy?.();
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
