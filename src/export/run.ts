import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../errors.js';
import type { Publisher } from '../publish/publish.js';
import { targetsOfSitemap, textOfSitemap } from '../publish/warm/sitemap.js';
import { FailureList } from './failure-list.js';
import { FileClaims } from './files/claims.js';
import { addAssets, addSitemapFile, type ClosingParts, writeRedirects } from './files/closing.js';
import type { CollectedFile } from './files/collected.js';
import { decodedPath } from './files/layout.js';
import { WrittenFiles } from './files/written.js';
import type { Destination } from './folder/destination.js';
import type { Staging } from './folder/staging.js';
import { type PagePlace, targetsOf } from './links/page-links.js';
import { QueryLinks } from './links/query-links.js';
import { type EarlierPage, EarlierPages, type ReusablePages } from './pages/earlier-pages.js';
import type { Job } from './pages/job.js';
import { type MadePage, PageMaker } from './pages/maker.js';
import { PageQueue, type ReadyPage } from './pages/queue.js';
import type { Route } from './routes/routes.js';
import type { ExportRunOptions } from './run-options.js';

export interface RunParts {
  readonly publisher: Pick<Publisher, 'assertAttached' | 'renderOnly' | 'thrownBy'>;
  /** The Host of requests, if the options name none. */
  readonly host: string;
  /** Returns the folder of a host's pages, with which selectors of one host are compared. */
  readonly folderOfHost: (host: string) => string;
  /** The paths from which links are followed. */
  readonly seeds: readonly string[];
  /** The site's constant Cache-Control. */
  readonly cacheControl: string | undefined;
  /** See {@link PagePlace}. */
  readonly ignoresQuery: PagePlace['ignoresQuery'];
  /** Whether a path is that of the islands' script, or of what it requests. An app answers these next to the export. */
  readonly isOfIslands: (path: string) => boolean;
  /** The assets that have been collected. */
  readonly collected: () => readonly CollectedFile[];
  readonly options: ExportRunOptions;
  readonly staging: Staging;
  readonly destination: Destination;
  readonly reuse: ReusablePages | undefined;
}

const NOT_FOUND_FILE = '404.html';
/** What browsers, search engines and others request although no page links to it. Most sites have some of these. */
const WELL_KNOWN = [
  ...['/robots.txt', '/favicon.ico', '/apple-touch-icon.png', '/llms.txt', '/humans.txt', '/ads.txt'],
  '/.well-known/security.txt',
];
const NO_NOT_FOUND =
  'There is no 404.html, because the app has no page of its own for missing URLs. Add a handler that sends one, or turn 404.html off (notFound: false, --no-404)';
const NOTHING_FOUND =
  'Nothing was exported. Declare routes with route(), follow links (crawl), or name a sitemap';

/** One export: what is rendered, and the result. */
export class ExportRun implements ClosingParts {
  readonly options: ExportRunOptions;
  /** The host that the requests go to, and that pages call their own. */
  readonly host: string;
  /** See {@link RunParts}. */
  readonly isOfIslands: RunParts['isOfIslands'];
  /** The hosts of the site: this host, and those of the origins that are replaced. */
  readonly hosts: ReadonlySet<string>;
  readonly claims: FileClaims;
  readonly files: WrittenFiles;
  readonly failures = new FailureList();
  /** What the caller should know, but is not a failure. */
  readonly notices: string[] = [];
  reused = 0;
  readonly #parts: RunParts;
  readonly #queue: PageQueue;
  readonly #maker: PageMaker;
  readonly #earlier: EarlierPages;
  readonly #queryLinks = new QueryLinks();
  /** By turn; `undefined` for a page that could not be written. */
  readonly #rendered: (string | undefined)[] = [];
  #crawls = false;

  constructor(parts: RunParts) {
    const { options, destination, staging, reuse } = parts;
    this.#parts = parts;
    this.options = options;
    this.host = options.host ?? parts.host;
    this.isOfIslands = parts.isOfIslands;
    const others = new Set(options.adopt ? [] : destination.others.map(({ name }) => name));
    this.claims = new FileClaims((file) => others.has(file));
    this.files = new WrittenFiles({ options, staging });
    this.#queue = new PageQueue(options, this.failures);
    this.hosts = new Set([this.host, ...options.replaceOrigins.map((origin) => new URL(origin).host)]);
    this.#maker = new PageMaker({ ...parts, host: this.host, hosts: this.hosts });
    this.#earlier = new EarlierPages(reuse, parts.folderOfHost(this.host));
  }

  /** The paths of pages that were rendered, in the order in which they were found. */
  get rendered(): readonly string[] {
    return this.#rendered.filter((path) => path !== undefined);
  }

  /** How many pages there were, including those that failed. */
  get pages(): number {
    return this.#queue.total;
  }

  async run(routes: readonly Route[]): Promise<void> {
    const { options } = this;
    this.#parts.publisher.assertAttached();
    this.#crawls = options.crawl ?? routes.length === 0;
    if (options.collect) addAssets(this.#parts.collected(), this);
    for (const route of routes) await this.#queue.addRoute(route);
    if (this.#crawls) for (const seed of this.#parts.seeds) this.#queue.addPath(seed);
    if (options.sitemap !== undefined) await this.#addSitemap(options.sitemap);
    await this.#workOff();
    if (this.#crawls || options.sitemap !== undefined)
      for (const path of WELL_KNOWN) this.#queue.addFile(path, { isOptional: true });
    await this.#workOff();
    await writeRedirects(this);
    await this.#addNotFound();
    await addSitemapFile(this);
    this.failures.sort();
    if (this.files.records.size === 0) this.notices.push(NOTHING_FOUND);
    if (this.#queryLinks.notice !== undefined) this.notices.push(this.#queryLinks.notice);
    this.#noticeCase();
  }

  #noticeCase(): void {
    const found = this.files.findSameButForCase();
    if (found === undefined) return;
    const more = found.count > 1 ? `, and ${found.count - 1} more` : '';
    this.notices.push(
      `${found.pair.join(' and ')}${more} are the same file on systems that ignore case, such as macOS and Windows: link to only one of them`,
    );
  }

  async #addSitemap(sitemap: string): Promise<void> {
    const { publisher, options } = this.#parts;
    const fetch = async (path: string) => {
      try {
        const { response } = await publisher.renderOnly(
          { kind: 'path', value: path, host: this.host },
          options,
        );
        if (response.status === 200) {
          const xml = await textOfSitemap(response.body);
          this.#queue.addFile(path);
          return xml;
        }
        this.failures.add({
          path,
          message: `the sitemap answered with status ${response.status}`,
          status: response.status,
        });
      } catch (error) {
        options.signal?.throwIfAborted();
        this.failures.add({ path, message: `the sitemap could not be read: ${messageOf(error)}`, error });
      }
      return undefined;
    };
    for await (const target of targetsOfSitemap(sitemap, fetch)) this.#queue.addPath(target);
  }

  async #workOff(): Promise<void> {
    await this.#queue.work((job) => this.#begin(job));
  }

  /** Renders a page, if necessary. Work that depends on the pages before it waits for its turn. */
  async #begin(job: Job): Promise<ReadyPage> {
    const crawls = this.#crawls;
    const asset = await this.#assetOf(job);
    if (asset !== undefined) return { bytes: 0, end: () => this.#follow(job, asset) };
    const earlier = this.#earlier.find(job, { crawls });
    if (earlier !== undefined) return { bytes: 0, end: () => this.#reuse(job, earlier) };
    const made = await this.#maker.make(job, { crawls });
    if (made === undefined) return { bytes: 0, end: () => undefined };
    return { bytes: made.body.length, end: () => this.#write(job, made) };
  }

  #reuse(job: Job, [file, record]: EarlierPage): void {
    this.claims.claim(file, job.path);
    this.files.carry(this.#parts.destination.locate(file), file, record);
    this.reused += 1;
    this.#follow(job, record.render?.links ?? []);
  }

  async #write(job: Job, { file, body, about, links }: MadePage): Promise<void> {
    const isTaken = this.claims.has(file);
    if (!isTaken) this.claims.claim(file, job.path);
    this.#follow(job, links);
    const turn = this.#rendered.push(undefined) - 1;
    // Two pages with the same content may share a file: what it says is right at both their URLs.
    if (!isTaken) await this.files.write(file, body, about);
    else if (!(await this.files.isSame(file, body, about.type))) this.claims.claim(file, job.path);
    this.#rendered[turn] = job.path;
  }

  /** Returns the links of a collected asset; `undefined` for a page, and for what the app has declared itself. */
  async #assetOf({ path, variant, route }: Job): Promise<readonly string[] | undefined> {
    if (!this.options.collect || route !== undefined || (variant?.folder ?? '') !== '') return undefined;
    const file = decodedPath(path).slice(1);
    const record = this.files.records.get(file);
    if (record?.kind !== 'asset') return undefined;
    if (!/^text\/css\b/i.test(record.type)) return [];
    const css = readFileSync(join(this.#parts.staging.folder, file));
    const { ignoresQuery } = this.#parts;
    const pageUrl = new URL(path, `http://${this.host}`);
    return await targetsOf(css, record.type, { pageUrl, hosts: this.hosts, ignoresQuery });
  }

  #follow(job: Job, links: readonly string[]): void {
    if (!this.#crawls) return;
    for (const link of links)
      if (link.includes('?')) this.#noteQuery(link, job);
      // An optional file may refer to files that do not exist.
      else if (job.kind === 'optional') this.#queue.addFile(link, { isOptional: true });
      else this.#queue.addPath(link, job);
  }

  #noteQuery(link: string, { path }: Job): void {
    if (!this.#queue.excludes(link)) this.#queryLinks.add(link, path);
  }

  /** Adds the app's page for missing URLs, for hosts that answer those with 404.html. */
  async #addNotFound(): Promise<void> {
    const { notFound, variants } = this.options;
    if (notFound === undefined || this.claims.has(NOT_FOUND_FILE)) return;
    const variant = variants.find(({ prefix, folder }) => prefix === '' && folder === '');
    const job = { kind: 'not-found', file: NOT_FOUND_FILE, statuses: [404, 200], variant } as const;
    this.#queue.add({ path: notFound, route: undefined, linkedFrom: undefined, ...job });
    await this.#workOff();
    if (!this.claims.has(NOT_FOUND_FILE) && this.files.records.size > 0) this.notices.push(NO_NOT_FOUND);
  }
}
