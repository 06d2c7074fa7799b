import { randomBytes } from 'node:crypto';
import type { Bus, BusPosition, BusRead, BusState, Survey, SurveyedHost, TellingHost } from '../bus.js';
import { type BusClient, Connection, type Engine, Subscription } from '../engine/connection.js';
import { otherCluster, protocolOf } from '../engine/protocol.js';
import type { BusSettings } from '../engine/settings.js';
import { scripts } from './scripts.js';

/**
 * The part of a client of the package `redis` that is used: a client of one server, of a cluster, or behind sentinels.
 */
export interface RedisClient extends BusClient {
  on(event: 'error', listener: (error: unknown) => void): unknown;
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  ping?(): Promise<unknown>;
}

export interface RedisBusOptions extends BusSettings {
  readonly makeClient: () => RedisClient;
}

/** The bus in Redis or Valkey: a hash, a stream, and a channel that announces news. */
export class RedisBus implements Bus {
  readonly #connection: Connection<RedisClient>;
  readonly #subscription: Subscription<RedisClient>;
  readonly #protocol: string;
  readonly #keys: string[];
  readonly #channel: string;

  constructor({ makeClient, name, termMilliseconds, timeoutMilliseconds }: RedisBusOptions) {
    const make = () => quiet(makeClient());
    const engine: Engine<RedisClient> = { name: 'Redis', make, isAnswer, timeoutMilliseconds };
    this.#connection = new Connection(engine);
    this.#subscription = new Subscription(engine, termMilliseconds);
    this.#protocol = protocolOf(termMilliseconds);
    // The braces make a Redis Cluster keep both keys on one node.
    this.#keys = [`{${name}}:hosts`, `{${name}}:log`];
    this.#channel = `{${name}}:news`;
  }

  async append(texts: readonly string[]): Promise<BusPosition> {
    const [epoch, last] = listOf(await this.#run('append', this.#channel, ...texts));
    return { epoch: String(epoch), last: Number(last) };
  }

  async read(after: number, limit: number): Promise<BusRead> {
    const [epoch, last, rows] = listOf(await this.#run('read', after, limit));
    const entries = listOf(rows).map((row) => {
      const [id, pairs] = listOf(row);
      return { position: Number.parseInt(String(id), 10), text: String(listOf(pairs)[1]) };
    });
    return { epoch: String(epoch), last: Number(last), entries };
  }

  async state(): Promise<BusState> {
    return stateOf(await this.#run('state'));
  }

  async survey(): Promise<Survey | undefined> {
    const [isCurrent, now, register] = listOf(await this.#run('survey'));
    if (register === undefined) return undefined;
    return { ...stateOf(register, Number(now)), isCurrent: isCurrent === '1' };
  }

  async tell({ host, name, epoch, cursor }: TellingHost): Promise<BusState> {
    return stateOf(await this.#run('tell', host, epoch, cursor, name));
  }

  async drop(host: string, beat?: { readonly epoch: string; readonly beat: number }): Promise<BusState> {
    return stateOf(await this.#run('drop', host, beat?.epoch ?? '', beat?.beat ?? ''));
  }

  async settle(epoch: string): Promise<BusState> {
    return stateOf(await this.#run('settle', epoch));
  }

  listen(onNews: () => void): void {
    void this.#subscription.hear({
      subscribe: (client) => client.subscribe(this.#channel, onNews),
      check: async (client) => await client.ping?.(),
      onNews,
    });
  }

  async close(): Promise<void> {
    this.#subscription.close();
    this.#connection.close();
  }

  async #run(verb: keyof typeof scripts, ...words: readonly (string | number)[]): Promise<unknown> {
    const options = {
      keys: this.#keys,
      arguments: [this.#protocol, randomBytes(12).toString('hex'), ...words.map(String)],
    };
    try {
      return await this.#connection.use((client) => client.eval(scripts[verb], options));
    } catch (error) {
      throw this.#explained(error);
    }
  }

  #explained(error: unknown): unknown {
    const other = error instanceof Error ? /^OTHERCLUSTER (.*)/.exec(error.message)?.[1] : undefined;
    return other === undefined ? error : otherCluster(`${this.#keys[0]}`, other);
  }
}

function quiet(client: RedisClient): RedisClient {
  client.on('error', () => undefined);
  return client;
}

/** Errors of the server begin with a word in capital letters. */
function isAnswer(error: unknown): boolean {
  if (!(error instanceof Error) || 'code' in error) return false;
  return /^[A-Z]{3,}\b/.test(error.message) && !/READONLY|LOADING|MASTERDOWN|CLUSTERDOWN/.test(error.message);
}

/**
 * Parses the register. `now` is the time of the server's clock, and is used only to show how
 * long hosts have been silent.
 */
function stateOf(reply: unknown, now = 0): Omit<Survey, 'isCurrent'> & BusState {
  const flat = listOf(reply).map(String);
  const fields = new Map<string, string>();
  for (let index = 0; index < flat.length; index += 2) fields.set(flat[index] ?? '', flat[index + 1] ?? '');
  const hosts = [...fields].flatMap(([name, row]) =>
    name.startsWith('host:') ? [[name.slice('host:'.length), rowOf(row, now)] as const] : [],
  );
  return {
    epoch: fields.get('epoch') ?? '',
    previous: fields.get('previous') ?? '',
    last: Number(fields.get('last')),
    base: Number(fields.get('base')),
    settled: fields.get('settled') === '1',
    hosts: new Map(hosts),
  };
}

function rowOf(row: string, now: number): SurveyedHost {
  const [beat, cursor, servesFrom, at, ...name] = row.split(' ');
  return {
    ...{ beat: Number(beat), cursor: Number(cursor), servesFrom: Number(servesFrom) },
    name: name.join(' '),
    silentMilliseconds: Math.max(0, now - Number(at)),
  };
}

function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}
