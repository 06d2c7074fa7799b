import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { resolveConfig } from '../../../src/config.js';
import { generateNginx } from '../../../src/front/nginx/generate.js';
import type { DiskUse } from '../../../src/ledger/ledger.js';
import type { DriverProcess } from '../databases/other-driver.js';
import { installedNginx, type RunningNginx, startNginx } from '../servers/nginx.js';
import { freePort } from '../servers/ports.js';
import { Random } from './choices.js';
import {
  type LedgerView,
  measurePages,
  readPages,
  LedgerView as View,
  whileNobodyWrites,
} from './faults/disk.js';
import { memoryFolder } from './faults/memory-folder.js';
import { RemoteSite } from './hosts/remote-site.js';
import { anyCoding, readPage, Unanswered } from './soak-reader.js';

export interface SoakSettings {
  readonly processes: number;
  readonly reads: number;
  readonly deletes: number;
  /** How often one of the processes is killed and started again. */
  readonly kills: number;
  readonly seed: number;
  /**
   * What the pages may take of the disk. With bounds, one request in {@link CRAWLED} is for a URL that is never
   * requested again.
   */
  readonly bounds?: Required<DiskBounds>;
  /** The drivers of SQLite that its processes use, in turn. Default: the driver of this process. */
  readonly drivers?: readonly DriverProcess[];
}

interface DiskBounds {
  readonly maxPages: number;
  readonly maxBytes: number;
}

/** The results of the readers. */
export interface SoakReport {
  reads: number;
  hits: number;
  deletes: number;
  kills: number;
  /** Requests that got no response, counted by the error. Only a kill excuses them. */
  readonly unanswered: Record<string, number>;
  readonly byCoding: Record<string, number>;
  /** Pages that were older than what was acknowledged before the request began. */
  readonly stale: string[];
  /** Responses that were partial, or whose validator was that of another page. */
  readonly broken: string[];
  /** The most disk space that the pages took. */
  most: DiskUse;
  /** How often the disk space was measured. */
  looks: number;
}

const READERS = 24;
const DELETERS = 3;
/** One request in this many goes to a process itself, not through nginx. */
const DIRECT = 10;
/** With bounds, one request in this many is a crawler's. */
const CRAWLED = 3;
/** With bounds, the disk space is measured once in this many requests. */
const LOOKED = 100;

const folders = Array.from({ length: 20 }, (_, index) => `/f${index}`);
const paths = folders.flatMap((folder, index) =>
  Array.from({ length: 10 }, (_, page) => `${folder}/${index === 0 ? 'node-only-' : 'page-'}${page}`),
);

/** The target of a deletion, and the pages that it deletes. */
interface Deletion {
  readonly target: unknown;
  readonly pages: readonly string[];
}

/**
 * Runs several processes of one site behind nginx, with readers that judge every response, and deletions at the same
 * time.
 */
export class Soak {
  readonly #settings: SoakSettings;
  readonly #random: Random;
  readonly #folder: string;
  readonly #webRoot: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: READERS });
  readonly #floors = new Map<string, number>();
  readonly #report: SoakReport = {
    ...{ reads: 0, hits: 0, deletes: 0, kills: 0 },
    ...{ unanswered: {}, byCoding: {}, stale: [], broken: [] },
    ...{ most: { pages: 0, bytes: 0 }, looks: 0 },
  };
  #sites: RemoteSite[] = [];
  #nginx: RunningNginx | undefined;
  #port = 0;
  #version = 1;
  #started = 0;
  #waiting: { readonly reads: number; readonly resolve: () => void }[] = [];

  constructor(settings: SoakSettings) {
    this.#settings = settings;
    this.#random = new Random(settings.seed);
    this.#folder = mkdtempSync(join(memoryFolder(), 'staticgenerator-soak-'));
    // nginx's workers run as `nobody`.
    chmodSync(this.#folder, 0o755);
    this.#webRoot = join(this.#folder, 'pages');
    this.#writeVersion();
  }

  async run(): Promise<SoakReport> {
    await this.#start();
    const readers = Array.from({ length: READERS }, () => this.#read());
    const deleters = Array.from({ length: DELETERS }, () => this.#delete());
    await Promise.all([...readers, ...deleters, this.#kill()]);
    return this.#report;
  }

  /** Checks the disk when all is quiet: every file must be complete, known to the ledger, and current. */
  check(): void {
    whileNobodyWrites(this.#webRoot, () => this.#check());
  }

  #check(): void {
    const view: LedgerView = new View(this.#webRoot);
    const rows = view.rows();
    view.close();
    for (const { file, content } of readPages(this.#webRoot)) {
      if (rows.get(file) === undefined) this.#report.broken.push(`${file} has no row`);
      if (content.version < this.#floorOf(content.path)) this.#report.stale.push(`${file} is left`);
    }
  }

  /** Returns how many pages nginx answers by itself, after all processes of the site have stopped. */
  async countPagesOfNginx(): Promise<number> {
    await Promise.all(this.#sites.map((site) => site.stop()));
    const answers = await Promise.allSettled(
      paths.map((path, index) => readPage(this.#agent, this.#port, path, anyCoding(index))),
    );
    return answers.filter(({ status }) => status === 'fulfilled').length;
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.#nginx?.stop();
    await Promise.all(this.#sites.map((site) => site.stop()));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(): Promise<void> {
    this.#sites = await Promise.all(
      Array.from({ length: this.#settings.processes }, (_, index) => this.#startSite(index, 0)),
    );
    this.#port = await freePort();
    const { brotliModule } = installedNginx();
    const config = resolveConfig({ webRoot: this.#webRoot, urls: [/^\//], logger: false });
    this.#nginx = await startNginx(
      generateNginx(config, {
        form: 'whole',
        listen: [`127.0.0.1:${this.#port}`],
        upstreams: this.#sites.map(({ port }) => `127.0.0.1:${port}`),
        ...(brotliModule === null ? {} : { brotli: true, brotliModule }),
      }),
    );
  }

  async #startSite(index: number, port: number): Promise<RemoteSite> {
    const { drivers = [] } = this.#settings;
    const options = {
      webRoot: this.#webRoot,
      versionFile: this.#versionFile(),
      port,
      ...this.#bounded(),
    };
    return await RemoteSite.start(options, drivers[index % drivers.length]);
  }

  #bounded(): { readonly bounds?: DiskBounds } {
    const { bounds } = this.#settings;
    return bounds === undefined ? {} : { bounds };
  }

  #anyPath(): string {
    const isCrawled = this.#settings.bounds !== undefined && this.#started % CRAWLED === 0;
    return isCrawled ? `/crawled/${this.#started}` : (paths[this.#random.below(paths.length)] ?? '/');
  }

  /** Measures the disk space from the files, not from the ledger. */
  #look(): void {
    if (this.#settings.bounds === undefined || this.#started % LOOKED !== 0) return;
    const { pages, bytes } = whileNobodyWrites(this.#webRoot, () => measurePages(this.#webRoot));
    const { most } = this.#report;
    this.#report.most = { pages: Math.max(pages, most.pages), bytes: Math.max(bytes, most.bytes) };
    this.#report.looks += 1;
  }

  async #read(): Promise<void> {
    // Reads until there were enough reads and enough deletions, so that every deletion happens among reads.
    while (this.#report.reads < this.#settings.reads || this.#report.deletes < this.#settings.deletes) {
      this.#started += 1;
      const path = this.#anyPath();
      const floor = this.#floorOf(path);
      this.#look();
      try {
        await this.#judge(path, floor, this.#started);
      } catch (error) {
        if (error instanceof Unanswered) count(this.#report.unanswered, error.message);
        else this.#report.broken.push(`${path}: ${error instanceof Error ? error.message : error}`);
      }
    }
  }

  async #judge(path: string, floor: number, number: number): Promise<void> {
    const site = this.#sites[this.#random.below(this.#sites.length)];
    const isDirect = number % DIRECT === 0 && site?.isRunning === true;
    const port = isDirect ? site.port : this.#port;
    const { content, isHit, coding } = await readPage(this.#agent, port, path, anyCoding(number));
    const report = this.#report;
    report.reads += 1;
    if (isHit) report.hits += 1;
    count(report.byCoding, coding);
    this.#wake();
    if (content.path !== path) report.broken.push(`${path} was answered with ${content.path}`);
    if (content.version < floor)
      report.stale.push(
        `${path}: ${content.version} after ${floor} was acknowledged, ${isHit ? 'hit' : 'miss'}`,
      );
  }

  /** Spreads the deletions over the reads. */
  async #delete(): Promise<void> {
    const { reads, deletes } = this.#settings;
    while (this.#report.deletes < deletes) {
      await this.#until((this.#report.deletes / deletes) * reads * 0.9);
      await this.#deleteOnce(this.#anyDeletion());
    }
  }

  async #deleteOnce({ target, pages }: Deletion): Promise<void> {
    this.#version += 1;
    const version = this.#version;
    this.#writeVersion();
    try {
      await this.#sites[this.#random.below(this.#sites.length)]?.delete(target);
    } catch (error) {
      // The process was killed, so nothing was acknowledged.
      if (this.#settings.kills > 0) return;
      throw error;
    }
    this.#report.deletes += 1;
    for (const page of pages) this.#floors.set(page, Math.max(version, this.#floorOf(page)));
  }

  #anyDeletion(): Deletion {
    const kind = this.#random.below(4);
    const number = this.#random.below(10);
    const folder = folders[this.#random.below(folders.length)] ?? '';
    const path = paths[this.#random.below(paths.length)] ?? '/';
    if (kind === 0)
      return {
        target: { tag: `ends-in-${number}` },
        pages: paths.filter((one) => one.endsWith(`${number}`)),
      };
    if (kind === 1)
      return { target: `${folder}/*`, pages: paths.filter((one) => one.startsWith(`${folder}/`)) };
    return { target: kind === 2 ? path : `${path}/`, pages: [path] };
  }

  async #kill(): Promise<void> {
    const { reads, kills } = this.#settings;
    for (let number = 1; number <= kills; number += 1) {
      await this.#until((number / (kills + 1)) * reads);
      const index = this.#random.below(this.#sites.length);
      const site = this.#sites[index];
      if (site === undefined) continue;
      await site.stop('SIGKILL');
      this.#report.kills += 1;
      this.#sites[index] = await this.#startSite(index, site.port);
    }
  }

  /** Waits for a number of reads, not for a time. */
  async #until(reads: number): Promise<void> {
    if (this.#report.reads >= reads) return;
    await new Promise<void>((resolve) => this.#waiting.push({ reads, resolve }));
  }

  #wake(): void {
    const due = this.#waiting.filter(({ reads }) => this.#report.reads >= reads);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter(({ reads }) => this.#report.reads < reads);
    for (const { resolve } of due) resolve();
  }

  #floorOf(path: string): number {
    return this.#floors.get(path) ?? 0;
  }

  #versionFile(): string {
    return join(this.#folder, 'version');
  }

  #writeVersion(): void {
    const temporary = `${this.#versionFile()}.new`;
    writeFileSync(temporary, String(this.#version));
    renameSync(temporary, this.#versionFile());
  }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
