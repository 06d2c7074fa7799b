import { setTimeout as delay } from 'node:timers/promises';
import { StaticGeneratorError } from '../../errors.js';

/** The methods that the client of every engine has. */
export interface BusClient {
  connect(): Promise<unknown>;
  /** Drops the connection at once. */
  destroy(): void;
}

/** What connections need to know about an engine. */
export interface Engine<Client extends BusClient> {
  /** The name that people see. */
  readonly name: string;
  /**
   * Creates a client that handles its `error` events, so that an error of an idle connection does not stop the process.
   */
  readonly make: () => Client;
  /** Whether an error is a refusal by the server, which a new connection would get too. */
  readonly isAnswer: (error: unknown) => boolean;
  /** How long any call may take. */
  readonly timeoutMilliseconds: number;
}

const RETRY_MS = 250;
const CHECKS_PER_TERM = 5;

/**
 * A client that connects when it is needed, and is dropped when it fails: its connection may be half open, and hang.
 */
export class Connection<Client extends BusClient> {
  readonly #engine: Engine<Client>;
  #client: Promise<Client> | undefined;
  #closed = false;

  constructor(engine: Engine<Client>) {
    this.#engine = engine;
  }

  /** Does some work with a connected client. Rejects if it cannot connect, or gets no answer in time. */
  async use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    if (this.#closed)
      throw new StaticGeneratorError('ERR_CLOSED', `The connection to ${this.#engine.name} has been closed`);
    this.#client ??= this.#connect();
    const used = this.#client;
    try {
      return await this.#inTime(used.then((client) => work(client)));
    } catch (error) {
      // If the server answers, the connection works, whatever the answer is.
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

/** Listens on its own connection. If that fails, it opens another one, until it is closed. */
export class Subscription<Client extends BusClient> {
  readonly #connection: Connection<Client>;
  readonly #checkMilliseconds: number;
  #closed = false;

  constructor(engine: Engine<Client>, termMilliseconds: number) {
    this.#connection = new Connection(engine);
    this.#checkMilliseconds = termMilliseconds / CHECKS_PER_TERM;
  }

  /**
   * Calls `subscribe` for each new connection, and `onNews` when something may have been missed; `check` must reject
   * if the connection is dead.
   */
  async hear({ subscribe, check, onNews }: Hearing<Client>): Promise<void> {
    while (!this.#closed) {
      try {
        await this.#connection.use(subscribe);
        onNews();
        await this.#whileAlive(check);
      } catch {
        // This costs only time: a listener also looks on its own from time to time, and reports what is wrong.
      }
      if (!this.#closed) await delay(RETRY_MS, undefined, { ref: false });
    }
  }

  close(): void {
    this.#closed = true;
    this.#connection.close();
  }

  /** Rejects when the connection is dead. It may be half open, and then nothing arrives on it. */
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
