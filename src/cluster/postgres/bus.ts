import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { StaticGeneratorError } from '../../errors.js';
import type { Bus, BusPosition, BusRead, BusState, Survey, SurveyedHost, TellingHost } from '../bus.js';
import { type BusClient, Connection, type Engine, Subscription } from '../engine/connection.js';
import { otherCluster, protocolOf } from '../engine/protocol.js';
import type { BusSettings } from '../engine/settings.js';
import * as statements from './statements.js';

const UNDEFINED_TABLE = '42P01';
const INSUFFICIENT_PRIVILEGE = '42501';

/** The part of a client of the package `pg` that is used. */
export interface PostgresClient extends BusClient {
  /** Returns the rows of the last statement of a text. */
  query(text: string): Promise<readonly Row[]>;
  onNotification(listener: (channel: string) => void): void;
}

type Row = Readonly<Record<string, unknown>>;

export interface PostgresBusParts extends BusSettings {
  readonly makeClient: () => PostgresClient;
}

/** The bus in PostgreSQL: three tables, and a channel that announces news. */
export class PostgresBus implements Bus {
  readonly #connection: Connection<PostgresClient>;
  readonly #subscription: Subscription<PostgresClient>;
  readonly #said: Omit<statements.Said, 'newEpoch'>;
  readonly #channel: string;
  /** Only this process listens on this channel. */
  readonly #ownChannel = `staticgenerator ${newName()}`;
  readonly #patienceMilliseconds: number;
  #onOwnNews: () => void = () => undefined;
  #isDeaf = false;
  /** The number of hosts that the register last had. */
  #hostCount = 1;
  #checksSinceHeard = 0;

  constructor({ makeClient, name, termMilliseconds, timeoutMilliseconds }: PostgresBusParts) {
    const engine: Engine<PostgresClient> = {
      ...{ name: 'PostgreSQL', make: makeClient, isAnswer, timeoutMilliseconds },
    };
    this.#connection = new Connection(engine);
    this.#subscription = new Subscription(engine, termMilliseconds);
    this.#said = { name, protocol: protocolOf(termMilliseconds) };
    this.#channel = `staticgenerator ${name}`;
    this.#patienceMilliseconds = timeoutMilliseconds / 2;
  }

  async append(texts: readonly string[]): Promise<BusPosition> {
    const { epoch, last } = await this.#run((said) => statements.append(said, texts, this.#channel));
    return { epoch, last };
  }

  async read(after: number, limit: number): Promise<BusRead> {
    const row = await this.#query(statements.read(this.#newSaid(), after, limit));
    // A new epoch begins only under the lock, which `state` takes.
    if (row?.current !== 'true' || row.protocol !== this.#said.protocol) {
      await this.state();
      return await this.read(after, limit);
    }
    const entries = listOf(row.entries).map((entry) => {
      const [place, hex] = entry as readonly string[];
      return { position: Number(place), text: textOf(hex) };
    });
    return { epoch: String(row.epoch), last: Number(row.last), entries };
  }

  async state(): Promise<BusState> {
    return await this.#run(statements.state);
  }

  async survey(): Promise<Survey | undefined> {
    const text = statements.stateStatement(this.#newSaid());
    const row = await this.#connection.use(async (client) => {
      try {
        return (await client.query(text)).at(-1);
      } catch (error) {
        if (codeOf(error) !== UNDEFINED_TABLE) throw error;
        return undefined;
      }
    });
    if (row === undefined) return undefined;
    const state = stateOf(row);
    const isOurs = row.protocol === this.#said.protocol;
    if (!isOurs && state.hosts.size > 0) throw this.#otherCluster(row);
    return { ...state, isCurrent: isOurs && row.current === 'true' };
  }

  async tell({ host, name, epoch, cursor }: TellingHost): Promise<BusState> {
    return await this.#run((said) => statements.tell(said, { host, label: name, epoch, cursor }));
  }

  async drop(host: string, beat?: { readonly epoch: string; readonly beat: number }): Promise<BusState> {
    return await this.#run((said) => statements.drop(said, host, beat));
  }

  async settle(epoch: string): Promise<BusState> {
    return await this.#run((said) => statements.settle(said, epoch));
  }

  listen(onNews: () => void): void {
    void this.#subscription.hear({
      subscribe: async (client) => {
        client.onNotification((channel) => {
          if (channel === this.#ownChannel) this.#onOwnNews();
          else onNews();
        });
        await client.query(`listen "${this.#channel}"; listen "${this.#ownChannel}"`);
        await this.#hearItself(client);
      },
      check: (client) => this.#check(client),
      onNews,
    });
  }

  /**
   * Checks the connection. A notification wakes every listening connection of the database, so hosts roughly take
   * turns: together they send as many test notifications as one host alone would.
   */
  async #check(client: PostgresClient): Promise<void> {
    this.#checksSinceHeard += 1;
    if (this.#checksSinceHeard < this.#hostCount) await client.query('select 1');
    else await this.#hearItself(client);
  }

  /** Checks that this connection gets notifications of another one: a pooler may deliver them elsewhere. */
  async #hearItself(client: PostgresClient): Promise<void> {
    this.#checksSinceHeard = 0;
    await client.query('select 1');
    const heard = new Promise<boolean>((resolve) => {
      this.#onOwnNews = () => resolve(true);
    });
    await this.#connection.use((other) => other.query(`select pg_notify('${this.#ownChannel}', '')`));
    const late = delay(this.#patienceMilliseconds, false, { ref: false });
    this.#isDeaf = !(await Promise.race([heard, late]));
    if (this.#isDeaf) throw deaf();
  }

  async close(): Promise<void> {
    this.#subscription.close();
    this.#connection.close();
  }

  async #run(textOfVerb: (said: statements.Said) => string): Promise<BusState> {
    const row = await this.#query(textOfVerb(this.#newSaid()));
    if (row === undefined) throw new Error('The row of the site has been deleted meanwhile');
    if (row.protocol !== this.#said.protocol) throw this.#otherCluster(row);
    const state = stateOf(row);
    this.#hostCount = state.hosts.size;
    return state;
  }

  #otherCluster({ protocol }: Row): StaticGeneratorError {
    return otherCluster(`${this.#said.name} in PostgreSQL`, String(protocol));
  }

  /** Returns the last row that a text gives. Creates the tables if they do not exist. */
  async #query(text: string): Promise<Row | undefined> {
    if (this.#isDeaf) throw deaf();
    return await this.#connection.use(async (client) => {
      try {
        return (await client.query(text)).at(-1);
      } catch (error) {
        if (codeOf(error) !== UNDEFINED_TABLE) throw error;
        await createTables(client);
        return (await client.query(text)).at(-1);
      }
    });
  }

  #newSaid(): statements.Said {
    return { ...this.#said, newEpoch: newName() };
  }
}

function newName(): string {
  return randomBytes(12).toString('hex');
}

/** The error if notifications do not arrive: a deletion would wait until each host looks by itself. */
function deaf(): StaticGeneratorError {
  return new StaticGeneratorError(
    'ERR_CLUSTER_UNREACHABLE',
    'Notifications do not arrive, because a pooler such as PgBouncer shares this connection. Set pool_mode = session there, or give `postgresBus` a pool that connects to PostgreSQL directly',
  );
}

async function createTables(client: PostgresClient): Promise<void> {
  try {
    await client.query(statements.CREATE_TABLES);
  } catch (error) {
    if (codeOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    throw new StaticGeneratorError(
      'ERR_CLUSTER_UNREACHABLE',
      `The tables of the hosts are missing, and this user may not create them. Run this as a user who may, and grant this user all rights on them:${statements.TABLES}`,
      { cause: error },
    );
  }
}

/** Whether any connection would get this refusal. A replica's refusal does not count: it is the wrong server. */
function isAnswer(error: unknown): boolean {
  if (error instanceof StaticGeneratorError) return true;
  const code = codeOf(error);
  const isRefusal = error instanceof Error && Reflect.get(error, 'severity') === 'ERROR';
  return isRefusal && code !== undefined && !/^(?:25006|55000|57P)/.test(code);
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}

function stateOf(row: Row): Omit<Survey, 'isCurrent'> & BusState {
  const hosts = listOf(row.hosts).map((one) => {
    const { host = '', ...told } = one as Readonly<Record<string, string>>;
    return [textOf(host), rowOf(told)] as const;
  });
  return {
    ...{ epoch: String(row.epoch), previous: String(row.previous) },
    ...{ last: Number(row.last), base: Number(row.base) },
    settled: row.settled === 'true',
    hosts: new Map(hosts),
  };
}

function rowOf({ beat, cursor, servesFrom, label, silent }: Readonly<Record<string, string>>): SurveyedHost {
  return {
    ...{ beat: Number(beat), cursor: Number(cursor), servesFrom: Number(servesFrom) },
    name: textOf(label),
    silentMilliseconds: Math.max(0, Number(silent)),
  };
}

/** Parses JSON that comes as text, because apps can change how `pg` reads JSON columns. */
function listOf(json: unknown): readonly unknown[] {
  const list: unknown = JSON.parse(String(json));
  return Array.isArray(list) ? list : [];
}

function textOf(hex: string | undefined): string {
  return Buffer.from(hex ?? '', 'hex').toString();
}
