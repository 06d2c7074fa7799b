import { randomBytes } from 'node:crypto';
import { StaticGeneratorError } from '../../errors.js';
import type { Bus, BusPosition, BusRead, BusState, HostRow, TellingHost } from '../bus.js';
import { Connection, type RedisClient, Subscription } from './connection.js';
import { scripts } from './scripts.js';

/** The shape of register, log and entries; all hosts have to have the same. */
const PROTOCOL = 1;
const CHECKS_PER_TERM = 5;

export interface RedisBusOptions {
  readonly makeClient: () => RedisClient;
  readonly name: string;
  readonly termMilliseconds: number;
  readonly timeoutMilliseconds: number;
}

/** The bus in Redis or Valkey: a hash, a stream, and a channel that says that there is something new. */
export class RedisBus implements Bus {
  readonly #connection: Connection;
  readonly #subscription: Subscription;
  readonly #protocol: string;
  readonly #keys: string[];
  readonly #channel: string;

  constructor({ makeClient, name, termMilliseconds, timeoutMilliseconds }: RedisBusOptions) {
    this.#connection = new Connection(makeClient, timeoutMilliseconds);
    const check = termMilliseconds / CHECKS_PER_TERM;
    this.#subscription = new Subscription(makeClient, timeoutMilliseconds, check);
    this.#protocol = `${PROTOCOL} ${termMilliseconds}`;
    // The braces keep both on one node of a Redis Cluster.
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
    void this.#subscription.hear(this.#channel, onNews);
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
    if (other === undefined) return error;
    const [protocol = '', term = ''] = other.split(' ');
    const hasOtherTerm = Number(protocol) === PROTOCOL;
    const what = hasOtherTerm
      ? `a term of ${Number(term) / 1000} s`
      : `protocol ${protocol}, which another release has`;
    return new StaticGeneratorError(
      'ERR_CLUSTER_UNREACHABLE',
      `The hosts that share ${this.#keys[0]} have ${what}. All hosts need the same: stop the others first, or give this site another \`name\``,
    );
  }
}

function stateOf(reply: unknown): BusState {
  const flat = listOf(reply).map(String);
  const fields = new Map<string, string>();
  for (let index = 0; index < flat.length; index += 2) fields.set(flat[index] ?? '', flat[index + 1] ?? '');
  const hosts = [...fields].flatMap(([name, row]) =>
    name.startsWith('host:') ? [[name.slice('host:'.length), rowOf(row)] as const] : [],
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

function rowOf(row: string): HostRow {
  const [beat, cursor, servesFrom, ...name] = row.split(' ');
  return {
    beat: Number(beat),
    cursor: Number(cursor),
    servesFrom: Number(servesFrom),
    name: name.join(' '),
  };
}

function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : [];
}
