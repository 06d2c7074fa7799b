import { setTimeout as delay } from 'node:timers/promises';
import { StaticGeneratorError } from '../../errors.js';

/** What every client of an engine can do. */
export interface BusClient {
  connect(): Promise<unknown>;
  /** Gives up the connection at once. */
  destroy(): void;
}

/** An engine as connections know it. */
export interface Engine<Client extends BusClient> {
  /** For people. */
  readonly name: string;
  /** An error of a connection nobody waits for must not end the process: the client is made to expect them. */
  readonly make: () => Client;
  /** Whether the server has refused something, and another one would too. */
  readonly isAnswer: (error: unknown) => boolean;
  /** How long anything may take. */
  readonly timeoutMilliseconds: number;
}

const RETRY_MS = 250;
const CHECKS_PER_TERM = 5;

/** A client that is connected when it is needed, and given up when it fails: it may hang on a connection that is half open. */
export class Connection<Client extends BusClient> {
  readonly #engine: Engine<Client>;
  #client: Promise<Client> | undefined;
  #closed = false;

  constructor(engine: Engine<Client>) {
    this.#engine = engine;
  }

  /** Does something with a connected client. Rejects if there is none, or no answer in time. */
  async use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    if (this.#closed)
      throw new StaticGeneratorError('ERR_CLOSED', `The connection to ${this.#engine.name} has been closed`);
    this.#client ??= this.#connect();
    const used = this.#client;
    try {
      return await this.#inTime(used.then((client) => work(client)));
    } catch (error) {
      // A server that answers is there, whatever it says.
      if (!this.#engine.isAnswer(error)) this.#giveUp(used);
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    if (this.#client !== undefined) this.#giveUp(this.#client);
  }

  async #connect(): Promise<Client> {
    const client = this.#engine.make();
    try {
      await this.#inTime(client.connect());
    } catch (error) {
      destroy(client);
      throw error;
    }
    return client;
  }

  #giveUp(used: Promise<Client>): void {
    if (this.#client === used) this.#client = undefined;
    used.then(destroy, () => undefined);
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    const { name, timeoutMilliseconds } = this.#engine;
    return within(timeoutMilliseconds, work, `${name} has not answered for ${timeoutMilliseconds} ms`);
  }
}

/** Listens on a connection of its own. If that fails, it opens another, until it is closed. */
export class Subscription<Client extends BusClient> {
  readonly #connection: Connection<Client>;
  readonly #checkMilliseconds: number;
  #closed = false;

  constructor(engine: Engine<Client>, termMilliseconds: number) {
    this.#connection = new Connection(engine);
    this.#checkMilliseconds = termMilliseconds / CHECKS_PER_TERM;
  }

  /** `subscribe` is called for each new connection, and `onNews` when something may have been missed; `check` has to reject if it is dead. */
  async hear({ subscribe, check, onNews }: Hearing<Client>): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#connection.use(subscribe);
        onNews();
        await this.#whileAlive(check);
      } catch {
        // Only time is lost: whoever waits for news also looks by itself, and reports what is wrong.
      }
      if (!this.#closed) await delay(RETRY_MS, undefined, { ref: false });
    }
  }

  close(): void {
    this.#closed = true;
    this.#connection.close();
  }

  /** A connection may be half open, and then nothing comes of it. */
  async #whileAlive(check: Hearing<Client>['check']): Promise<void> {
    for (;;) {
      await delay(this.#checkMilliseconds, undefined, { ref: false });
      await this.#connection.use(check);
    }
  }
}

interface Hearing<Client> {
  readonly subscribe: (client: Client) => Promise<unknown>;
  readonly check: (client: Client) => Promise<unknown>;
  readonly onNews: () => void;
}

function destroy(client: BusClient): void {
  try {
    client.destroy();
  } catch {
    // It was closed already.
  }
}

async function within<T>(milliseconds: number, work: Promise<T>, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(message)), milliseconds);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}
