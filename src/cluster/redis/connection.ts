import { setTimeout as delay } from 'node:timers/promises';
import { StaticGeneratorError } from '../../errors.js';

/** What is used of a client of the package `redis`: of one server, of a cluster, or behind sentinels. */
export interface RedisClient {
  connect(): Promise<unknown>;
  destroy(): void;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  ping?(): Promise<unknown>;
}

const RETRY_MS = 250;

/** A client that is connected when it is needed, and given up when it fails: it may hang on a connection that is half open. */
export class Connection {
  readonly #make: () => RedisClient;
  readonly #timeoutMilliseconds: number;
  #client: Promise<RedisClient> | undefined;
  #closed = false;

  constructor(make: () => RedisClient, timeoutMilliseconds: number) {
    this.#make = make;
    this.#timeoutMilliseconds = timeoutMilliseconds;
  }

  /** Does something with a connected client. Rejects if there is none, or no answer in time. */
  async use<T>(work: (client: RedisClient) => Promise<T>): Promise<T> {
    if (this.#closed) throw new StaticGeneratorError('ERR_CLOSED', 'The connection to Redis has been closed');
    this.#client ??= this.#connect();
    const used = this.#client;
    try {
      return await within(
        this.#timeoutMilliseconds,
        used.then((client) => work(client)),
      );
    } catch (error) {
      // A server that answers is there, whatever it says.
      if (!isAnswer(error)) this.#giveUp(used);
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    if (this.#client !== undefined) this.#giveUp(this.#client);
  }

  async #connect(): Promise<RedisClient> {
    const client = this.#make();
    client.on('error', () => undefined);
    try {
      await within(this.#timeoutMilliseconds, client.connect());
    } catch (error) {
      destroy(client);
      throw error;
    }
    return client;
  }

  #giveUp(used: Promise<RedisClient>): void {
    if (this.#client === used) this.#client = undefined;
    used.then(destroy, () => undefined);
  }
}

/** Hears what is published, on a connection of its own, which it makes anew for as long as it is wanted. */
export class Subscription {
  readonly #connection: Connection;
  readonly #checkMilliseconds: number;
  #closed = false;

  constructor(make: () => RedisClient, timeoutMilliseconds: number, checkMilliseconds: number) {
    this.#connection = new Connection(make, timeoutMilliseconds);
    this.#checkMilliseconds = checkMilliseconds;
  }

  /** `onMessage` is called, too, when something may have been missed. */
  async hear(channel: string, onMessage: () => void): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#connection.use((client) => client.subscribe(channel, onMessage));
        onMessage();
        await this.#whileAlive();
      } catch {
        // Nothing is lost but time: who waits for news looks by itself, too, and tells of what is wrong.
      }
      if (!this.#closed) await delay(RETRY_MS, undefined, { ref: false });
    }
  }

  close(): void {
    this.#closed = true;
    this.#connection.close();
  }

  /** A connection may be half open, and then nothing comes of it. */
  async #whileAlive(): Promise<void> {
    for (;;) {
      await delay(this.#checkMilliseconds, undefined, { ref: false });
      await this.#connection.use(async (client) => await client.ping?.());
    }
  }
}

function destroy(client: RedisClient): void {
  try {
    client.destroy();
  } catch {
    // It was closed already.
  }
}

/** Whether the server has refused something, and another one would too: errors begin with a word in capital letters. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof Error) || 'code' in error) return false;
  return /^[A-Z]{3,}\b/.test(error.message) && !/READONLY|LOADING|MASTERDOWN|CLUSTERDOWN/.test(error.message);
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`Redis has not answered for ${milliseconds} ms`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
