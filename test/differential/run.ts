import { readdirSync } from 'node:fs';
import { type Arrangement, arrange, type Form, type Route } from './arrangement.js';
import { compareExchanges } from './compare.js';
import { everyPath, makeProbe, type Probe, type SentRequest } from './grammar.js';
import { textOfRequest } from './oddities.js';
import { Random } from './random.js';
import type { SettingName } from './site/settings.js';
import { judgeCodings, judgeStateFolder, judgeTree, storedFiles } from './tree.js';
import { type Exchange, Wire } from './wire.js';

/** Which pairs of requests a run sends. */
export interface RunOptions {
  readonly form: Form;
  readonly setting: SettingName;
  /** The folder of the compiled sources and site. */
  readonly compiled: string;
  readonly seed: string;
  readonly pairs: number;
  /** The third of the paths that the run begins with, in addition to those that are refused. Default: all paths. */
  readonly third?: number | undefined;
  /** Only these pairs of one worker, `from` and `to` included: repeats what a longer run has found. */
  readonly replay?: { readonly worker: number; readonly from: number; readonly to: number };
}

export interface RunReport {
  /** Each one has the request, the differences, and how to repeat it. */
  readonly divergences: readonly string[];
  readonly pairs: number;
  /** The number of answers that were compared. */
  readonly answers: number;
  /** How often the site with the cache has answered, by Cache-Status. */
  readonly statuses: ReadonlyMap<string, number>;
  /** The number of hits that nginx answered without a process. */
  readonly nginxHits: number;
  /** The number of pages on the disk at the end. */
  readonly files: number;
  readonly warnings: readonly string[];
  readonly seconds: number;
}

const WORKERS = 8;
const MAX_DIVERGENCES = 30;
/** How often a run checks the files. */
const TREE_CHECKS = 10;

/** Sends the same requests to the site with the cache and to the site without it. Reports how the answers differ. */
export async function runDifferential(options: RunOptions): Promise<RunReport> {
  const arrangement = await arrange(options.form, options.setting, options.compiled);
  try {
    const run = new Run(arrangement, options);
    return await run.whole();
  } finally {
    await arrangement.stop();
  }
}

class Run {
  readonly #arrangement: Arrangement;
  readonly #options: RunOptions;
  readonly #divergences: string[] = [];
  readonly #statuses = new Map<string, number>();
  /** An X-Accel-Redirect leads to this path. */
  readonly #asked = new Set(['/about']);
  #pairs = 0;
  #answers = 0;

  constructor(arrangement: Arrangement, options: RunOptions) {
    this.#arrangement = arrangement;
    this.#options = options;
  }

  async whole(): Promise<RunReport> {
    const startedAt = performance.now();
    const { pairs, replay } = this.#options;
    const each = Math.ceil(pairs / WORKERS);
    await Promise.all(Array.from({ length: WORKERS }, (_, worker) => this.#tour(worker)));
    const workers =
      replay === undefined
        ? Array.from({ length: WORKERS }, (_, worker) => this.#work(worker, 0, each))
        : [this.#work(replay.worker, replay.from, replay.to + 1)];
    await Promise.all(workers);
    if (this.#arrangement.hasFailed()) throw new Error(`A process ended:\n${this.#divergences.join('\n')}`);
    const files = await this.#lookAtEverything();
    const figures = await this.#arrangement.figures();
    await this.#arrangement.close();
    this.#judgeFiles(true);
    return {
      ...{ divergences: this.#divergences, pairs: this.#pairs, answers: this.#answers, files },
      statuses: this.#statuses,
      nginxHits: (this.#statuses.get(HIT) ?? 0) - (figures.get(HIT) ?? 0),
      warnings: this.#arrangement.warnings(),
      seconds: (performance.now() - startedAt) / 1000,
    };
  }

  /** Requests pages of every kind once, so that even a short run has met all kinds. */
  async #tour(number: number): Promise<void> {
    const worker = new Worker(this.#arrangement, number, this.#options);
    const random = new Random(`${this.#options.seed}/${number}/tour`);
    const { third } = this.#options;
    const isToured = (path: string, index: number) =>
      third === undefined || index % 3 === third || path.startsWith('/refused/');
    const paths = everyPath(`w${number}`).filter(
      (path, index) => index % WORKERS === number && isToured(path, index),
    );
    this.asks(paths);
    for (const path of paths) {
      const host = random.pick(this.#arrangement.setting.hosts);
      const differences = await worker.look(path, host, this, random);
      this.#divergences.push(...differences.map((one) => `${this.#name()}: a first GET ${path}: ${one}`));
    }
    worker.close();
  }

  async #work(number: number, from: number, to: number): Promise<void> {
    const worker = new Worker(this.#arrangement, number, this.#options);
    const goesOn = () => this.#divergences.length < MAX_DIVERGENCES && !this.#arrangement.hasFailed();
    for (let index = from; index < to && goesOn(); index += 1) {
      for (const finding of await worker.pair(index, this)) this.#divergences.push(finding);
      this.#pairs += 1;
      if (this.#pairs % Math.ceil(this.#options.pairs / TREE_CHECKS) === 0) this.#judgeFiles(false);
    }
    worker.close();
  }

  /** Records what is requested, because these requests may make files. */
  asks(paths: readonly string[]): void {
    for (const target of paths) {
      // A server in front may take the path from a target in absolute form, whatever its scheme.
      const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*(?=\/)/i, '');
      // A server in front escapes bytes that no URL has.
      this.#asked.add(target).add(path.replace(/[\x80-\xff]/g, escaped));
    }
  }

  /** Records how the site with the cache has answered. */
  saw({ answers }: Exchange): void {
    this.#answers += answers.length;
    for (const { headers } of answers) {
      const status = headers.get('cache-status') ?? 'none';
      this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    }
  }

  /** Requests each stored page once more at the end. Returns the number of pages. */
  async #lookAtEverything(): Promise<number> {
    const { webRoot, setting } = this.#arrangement;
    const files = storedFiles(webRoot, setting.hosts);
    const worker = new Worker(this.#arrangement, 0, this.#options);
    for (const { file, host, path } of files) {
      const differences = await worker.look(path, host ?? 'localhost', this);
      for (const difference of differences)
        this.#divergences.push(`${this.#name()}: at the end, ${file}: ${difference}`);
    }
    worker.close();
    return files.length;
  }

  #judgeFiles(atRest: boolean): void {
    const { webRoot, folder, setting } = this.#arrangement;
    // The site itself publishes documents.
    const wasAskedFor = (path: string) => this.#asked.has(path) || /^\/doc\/[^/]+$/.test(path);
    const outside = readdirSync(folder).filter((name) => !['on', 'off', 'pages'].includes(name));
    const problems = [
      ...judgeTree(webRoot, setting.hosts, wasAskedFor),
      ...outside.map((name) => `${name} lies outside of WEB_ROOT`),
      ...(atRest ? [...judgeCodings(webRoot), ...judgeStateFolder(webRoot)] : []),
    ];
    for (const problem of problems) this.#divergences.push(`${this.#name()}: ${problem}`);
  }

  #name(): string {
    return `${this.#options.form}/${this.#options.setting}/${this.#options.seed}`;
  }
}

const HIT = 'staticgenerator; hit';
const MISS = 'staticgenerator; fwd=uri-miss';

/** Sends one pair after the other. No other worker requests what it changes. */
class Worker {
  readonly #arrangement: Arrangement;
  readonly #number: number;
  readonly #options: RunOptions;
  readonly #wires = new Map<number, Wire>();
  readonly #tags = new Map<string, string>();

  constructor(arrangement: Arrangement, number: number, options: RunOptions) {
    this.#arrangement = arrangement;
    this.#number = number;
    this.#options = options;
  }

  /** Sends a request to both sites, and looks where it could have left something. Returns the differences. */
  async pair(index: number, run: Run): Promise<readonly string[]> {
    const { seed, form, setting } = this.#options;
    const random = new Random(`${seed}/${this.#number}/${index}`);
    const probe = makeProbe(random, {
      setting: this.#arrangement.setting,
      shard: `w${this.#number}`,
      tagOf: (path) => this.#tags.get(path) ?? '"1-1"',
      fatal: form !== 'processes',
    });
    const route = random.pick(this.#arrangement.routes);
    run.asks([...probe.victims, ...probe.requests.map(({ target }) => target)]);
    const [on, off] = await this.#both(route, probe.message);
    run.saw(on);
    const found = compareExchanges(on, off, probe.requests);
    const looks = await this.#lookAtVictims(probe, random, run);
    if (found.length + looks.length === 0) return [];
    const replay = `STATICGENERATOR_REPLAY=${form}/${setting}/${seed}/${this.#number}/${index}`;
    return [`${describeProbe(probe)} via ${route.name}\n  ${[...found, ...looks].join('\n  ')}\n  ${replay}`];
  }

  async #lookAtVictims(probe: Probe, random: Random, run: Run): Promise<readonly string[]> {
    const found: string[] = [];
    for (const path of probe.victims) {
      const differences = await this.look(path, probe.host, run, random);
      found.push(...differences.map((difference) => `then GET ${path}: ${difference}`));
    }
    return found;
  }

  /** Returns how the answers to a clean client differ. After a miss, asks again by the next route. */
  async look(path: string, host: string, run: Run, random?: Random): Promise<readonly string[]> {
    const lines = [
      `Host: ${host}`,
      ...(random?.chance(0.5) === true ? ['Accept-Encoding: gzip, deflate, br'] : []),
    ];
    const request: SentRequest = { method: 'GET', target: path, version: '1.1', lines, body: '' };
    const message = {
      segments: [Buffer.from(textOfRequest(request), 'latin1')],
      methods: ['GET'],
      repeatable: true,
    };
    const found: string[] = [];
    for (const route of this.#routesOfLook(random)) {
      const [on, off] = await this.#both(route, message);
      run.saw(on);
      const differences = compareExchanges(on, off, [request]);
      found.push(...differences.map((difference) => `(${route.name}) ${difference}`));
      const headers = on.answers[0]?.headers;
      const tag = headers?.get('etag');
      if (tag !== undefined) this.#tags.set(path, tag);
      if (headers?.get('cache-status') !== MISS) break;
    }
    return found;
  }

  /** Returns where to look first, and where again: through each process, if there are several. */
  #routesOfLook(random: Random | undefined): readonly Route[] {
    const { routes } = this.#arrangement;
    const first = random?.integer(routes.length) ?? 0;
    return routes.length === 1 ? [...routes, ...routes] : [...routes.slice(first), ...routes.slice(0, first)];
  }

  async #both(route: Route, message: Probe['message']): Promise<readonly [on: Exchange, off: Exchange]> {
    return await Promise.all([
      this.#wire(route.on).exchange(message),
      this.#wire(-route.off, route.off).exchange(message),
    ]);
  }

  /** Returns the connection of a route and side. Each has its own. */
  #wire(key: number, port = key): Wire {
    const wire = this.#wires.get(key) ?? new Wire(port);
    this.#wires.set(key, wire);
    return wire;
  }

  close(): void {
    for (const wire of this.#wires.values()) wire.close();
  }
}

function describeProbe({ message }: Probe): string {
  const segments = message.segments.map((segment) => JSON.stringify(shorten(segment.toString('latin1'))));
  return `${segments.join(' then ')}${message.abandoned === true ? ' and gone' : ''}`;
}

function shorten(text: string): string {
  return text.replace(/(.{40})(?:\1){3,}/gs, '$1…');
}

function escaped(byte: string): string {
  return `%${byte.charCodeAt(0).toString(16).toUpperCase()}`;
}
