import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../errors.js';
import type { Tracker } from '../../tracker.js';
import { quoteName } from '../names.js';
import { end, type PgListenClient } from './client.js';
import { within } from './deadline.js';
import { NotifiedChanges } from './notified-changes.js';

export interface ListenerParts {
  readonly createClient: () => PgListenClient | Promise<PgListenClient>;
  readonly tracker: Tracker;
  readonly channel: string;
  readonly heartbeatMs: number;
  /** The models whose changes the listener handles; `undefined` means all. */
  readonly entities: readonly string[] | undefined;
}

const CONNECT_MS = 10_000;
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 30_000;
const LISTENING = 'select pg_catalog.pg_listening_channels() as channel';

/** Listens through one connection after another, each until it is lost. */
export class Listener {
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

  /** Uses one connection until its end, which is always an error. */
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
    // Later changes are notified; earlier ones are not.
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

  /** Throws if the connection no longer listens. A pooler that shares it between transactions loses the LISTEN. */
  #check(answer: unknown): void {
    const rows: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'rows') : [];
    const isListening = (row: unknown) =>
      typeof row === 'object' && row !== null && Reflect.get(row, 'channel') === this.#parts.channel;
    if (Array.isArray(rows) && rows.some(isListening)) return;
    throw new Error(
      'LISTEN does not persist: connect to PostgreSQL directly, not to a pooler that shares connections',
    );
  }

  #lost(error: unknown): void {
    if (this.#closing.signal.aborted) return;
    this.#failures += 1;
    const { tracker, channel } = this.#parts;
    const message = `notifications of PostgreSQL cannot be received; changes are noticed when they can be again: ${messageOf(error)}`;
    // Reported once, not with every attempt.
    if (this.#failures === 1) tracker.report(new Error(message, { cause: error }));
    else tracker.logger.debug({ channel, failures: this.#failures, err: error }, message);
  }
}
