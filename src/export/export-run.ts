import { messageOf, StaticGeneratorError } from '../errors.js';
import type { ResolvedVariant } from '../export-options.js';
import { bareName, canonicalPath } from '../page/layout.js';
import { compileRules } from '../page/rules.js';
import type { Publisher } from '../publish/publish.js';
import { targetsOfSitemap } from '../publish/sitemap.js';
import type { CollectedFile } from './collected-files.js';
import type { Destination } from './destination.js';
import { FileClaims } from './file-claims.js';
import { AnswerProblem, compareFailures, type ExportFailure, type Job, keyOf } from './job.js';
import { checkFile, fileOfPage, isHtmlType } from './layout.js';
import type { IsOutdated } from './log-changes.js';
import type { FileRecord, RenderRecord } from './manifest.js';
import { isOtherForm, type PageAnswer, renderPage } from './page-answer.js';
import { targetsOf } from './page-links.js';
import { rebase, withBase } from './rebase.js';
import { redirectPage } from './redirect-page.js';
import { pagesOfRoute } from './route-pages.js';
import type { Route } from './routes.js';
import type { ExportRunOptions } from './run-options.js';
import { writeSitemaps } from './sitemap-file.js';
import type { Staging } from './staging.js';
import { type Ending, WorkList } from './work-list.js';

/** The pages of an earlier export, as far as they may be used again. */
export interface ReusablePages {
  readonly files: ReadonlyMap<string, FileRecord>;
  readonly isOutdated: IsOutdated;
  readonly isIntact: (file: string, record: FileRecord) => boolean;
}

type EarlierPage = readonly [file: string, record: FileRecord];

export interface RunParts {
  readonly publisher: Pick<Publisher, 'assertAttached' | 'renderOnly' | 'thrownBy'>;
  /** The Host of requests, where the options name none. */
  readonly host: string;
  /** The folder of a host's pages: what selectors of one host are compared with. */
  readonly folderOfHost: (host: string) => string;
  /** Where links are followed from. */
  readonly seeds: readonly string[];
  /** The site's constant Cache-Control. */
  readonly cacheControl: string | undefined;
  /** The assets that have been collected. */
  readonly collected: () => readonly CollectedFile[];
  readonly options: ExportRunOptions;
  readonly staging: Staging;
  readonly destination: Destination;
  readonly reuse: ReusablePages | undefined;
}

/** So much may wait for a slow page: else all pages would. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;
const NOT_FOUND_FILE = '404.html';
const NOTHING_FOUND =
  'Nothing was exported. Declare routes with route(), follow links (crawl), or name a sitemap';
const NO_VARIANT = { folder: '', headers: {} };
const OK: readonly number[] = [200];

/** One export: what is to be rendered, and what came of it. */
export class ExportRun {
  /** The files that were written, or taken over because they are still right. */
  readonly records = new Map<string, FileRecord>();
  readonly failures: ExportFailure[] = [];
  /** What whoever asked for the export should know, and is no failure. */
  readonly notices: string[] = [];
  readonly claims: FileClaims;
  /** Where the requests go, and what pages call their own host. */
  readonly host: string;
  reused = 0;
  readonly #parts: RunParts;
  readonly #work = new WorkList<Job>();
  /** The paths that are or were to be done, by what else their requests depend on. */
  readonly #seen = new Map<string, Set<string>>();
  readonly #failed = new Set<string>();
  readonly #earlier: ReadonlyMap<string, EarlierPage>;
  readonly #isExcluded: (decoded: string) => boolean;
  /** One of all texts that are equal, by itself. */
  readonly #texts = new Map<string, string>();
  /** By turn; of a page that could not be written, undefined. */
  readonly #rendered: (string | undefined)[] = [];
  #crawls = false;
  #done = 0;
  /** Of bodies that are not written yet. */
  #heldBytes = 0;

  constructor(parts: RunParts) {
    const { options, destination, reuse } = parts;
    this.#parts = parts;
    this.host = options.host ?? parts.host;
    const others = new Set(options.adopt ? [] : destination.others.map(({ name }) => name));
    this.claims = new FileClaims((file) => others.has(file));
    const rules = compileRules(options.exclude, []);
    this.#isExcluded = (decoded) => rules.match(decoded) === 'page';
    this.#earlier = new Map(
      [...(reuse?.files ?? [])].flatMap(([file, record]) =>
        record.render === undefined || record.isLeft === true
          ? []
          : [[keyOf(record.render.path, record.render.variant), [file, record] as const] as const],
      ),
    );
  }

  /** The paths of pages that were rendered, in the order in which they were found. */
  get rendered(): readonly string[] {
    return this.#rendered.filter((path) => path !== undefined);
  }

  get options(): ExportRunOptions {
    return this.#parts.options;
  }

  async run(routes: readonly Route[]): Promise<void> {
    const { options } = this.#parts;
    this.#parts.publisher.assertAttached();
    this.#crawls = options.crawl ?? routes.length === 0;
    for (const route of routes) await this.#addRoute(route);
    if (this.#crawls) for (const seed of this.#parts.seeds) this.#addPath(seed, undefined);
    if (options.sitemap !== undefined) await this.#addSitemap(options.sitemap);
    await this.#workOff();
    await this.#writeRedirects();
    await this.#addNotFound();
    if (options.collect) this.#addAssets();
    await this.#addSitemapFile();
    this.failures.sort(compareFailures);
    if (this.records.size === 0) this.notices.push(NOTHING_FOUND);
  }

  /** Whether a page of the earlier export is one that failed now. */
  hasFailed({ render }: FileRecord): boolean {
    return render !== undefined && this.#failed.has(keyOf(render.path, render.variant));
  }

  async #addRoute(route: Route): Promise<void> {
    for await (const page of pagesOfRoute(route)) {
      this.#parts.options.signal?.throwIfAborted();
      if (page instanceof StaticGeneratorError) {
        this.failures.push({ path: route.name, route: route.name, message: page.message, error: page.cause });
        continue;
      }
      for (const variant of this.#variantsOf(route))
        this.#add({
          ...page,
          ...{ kind: 'page', variant, statuses: route.statuses, route: route.name, linkedFrom: undefined },
        });
    }
  }

  #variantsOf({ variants }: Route): readonly (ResolvedVariant | undefined)[] {
    const all = this.#parts.options.variants;
    return variants && all.length > 0 ? all : [undefined];
  }

  /** Of a seed or a sitemap, in every variant; of a link, in that which it leads to. */
  #addPath(written: string, from: Job | undefined): void {
    const path = canonicalPath(written) ?? written;
    if (this.#isExcluded(decoded(path))) return;
    const { variants } = this.#parts.options;
    const page = {
      kind: 'page',
      file: undefined,
      statuses: OK,
      route: undefined,
      linkedFrom: from?.path,
    } as const;
    if (from !== undefined) this.#enqueue({ ...page, path, variant: variantOfLink(path, from, variants) });
    else if (variants.length === 0) this.#add({ ...page, path, variant: undefined });
    else for (const variant of variants) this.#add({ ...page, path, variant });
  }

  async #addSitemap(sitemap: string): Promise<void> {
    const { publisher, options } = this.#parts;
    const fetch = async (path: string) => {
      try {
        const { response } = await publisher.renderOnly(
          { kind: 'path', value: path, host: this.host },
          options,
        );
        if (response.status === 200) return response.body.toString();
        this.#fail({
          path,
          message: `the sitemap answered with status ${response.status}`,
          status: response.status,
        });
      } catch (error) {
        options.signal?.throwIfAborted();
        this.#fail({ path, message: `the sitemap could not be read: ${messageOf(error)}`, error });
      }
      return undefined;
    };
    for await (const target of targetsOfSitemap(sitemap, fetch)) this.#addPath(target, undefined);
  }

  #add(job: Job): void {
    this.#enqueue({ ...job, path: `${job.variant?.prefix ?? ''}${job.path}` });
  }

  /** Each page once. To a host of folders, `/blog` and `/blog/` are one, unless a route gives them files of their own. */
  #enqueue(job: Job): void {
    const seen = this.#seenOf(job.variant);
    const bare = bareName(job.path);
    const isOwn = job.file !== undefined || this.#parts.options.layout === 'files';
    if (seen.has(isOwn ? job.path : bare)) return;
    if (isOwn) seen.add(job.path);
    seen.add(bare);
    this.#work.add(job);
  }

  #seenOf({ folder, headers }: Pick<ResolvedVariant, 'folder' | 'headers'> = NO_VARIANT): Set<string> {
    const key = JSON.stringify([folder, headers]);
    const seen = this.#seen.get(key) ?? new Set();
    this.#seen.set(key, seen);
    return seen;
  }

  async #workOff(): Promise<void> {
    const { concurrency, signal } = this.#parts.options;
    this.#tell();
    const begin = async (job: Job) => {
      const end = await this.#begin(job);
      return async () => {
        await end();
        this.#done += 1;
        this.#tell();
      };
    };
    const isFull = () => this.#heldBytes > MAX_HELD_BYTES;
    await this.#work.work(begin, { concurrency, signal, isFull });
  }

  /** Renders a page, if it has to be; what depends on the pages before it is left to its turn. */
  async #begin(job: Job): Promise<Ending> {
    const { signal } = this.#parts.options;
    try {
      const earlier = this.#findRight(job);
      const end = earlier === undefined ? await this.#make(job) : () => this.#reuse(job, earlier);
      return async () => {
        await end().catch((error: unknown) => {
          signal?.throwIfAborted();
          this.#failJob(job, error);
        });
      };
    } catch (error) {
      signal?.throwIfAborted();
      return async () => this.#failJob(job, error);
    }
  }

  /** A page of the earlier export, if it is still right. */
  #findRight(job: Job): EarlierPage | undefined {
    const earlier = this.#earlier.get(keyOf(job.path, job.variant?.name));
    return earlier !== undefined && this.#isRight(job, ...earlier) ? earlier : undefined;
  }

  /** Takes a page over. */
  async #reuse(job: Job, [file, record]: EarlierPage): Promise<void> {
    this.claims.claim(file, job.path);
    this.#parts.staging.carry(this.#parts.destination.locate(file), file);
    this.records.set(file, record);
    this.reused += 1;
    this.#follow(job, record.render?.links ?? []);
  }

  #isRight(job: Job, file: string, { render, ...record }: FileRecord): boolean {
    const { reuse } = this.#parts;
    if (reuse === undefined || render === undefined) return false;
    const expected = job.file === undefined ? undefined : inFolder(job.file, job.variant);
    if (expected !== undefined && expected !== file) return false;
    if (record.kind !== 'redirect' && !job.statuses.includes(render.status)) return false;
    if (this.#crawls && render.links === undefined) return false;
    if (render.expiresAt !== undefined && render.expiresAt <= Date.now()) return false;
    const page = { path: job.path, decoded: decoded(job.path), tags: new Set(render.tags) };
    return (
      !reuse.isOutdated({ ...page, host: this.#parts.folderOfHost(this.host) }) &&
      reuse.isIntact(file, record)
    );
  }

  async #make(job: Job): Promise<Ending> {
    const answer = await this.#answerOf(job);
    if (job.kind === 'not-found' && !isHtmlType(answer.type)) return async () => undefined;
    const { redirect } = answer;
    const pageUrl = new URL(job.path, `http://${this.host}`);
    const links = this.#crawls ? linksOf(answer, pageUrl).map((link) => this.#shared(link)) : undefined;
    const type = redirect === undefined ? answer.type : 'text/html; charset=utf-8';
    const body =
      redirect === undefined
        ? rebase(answer.body, type, this.#parts.options.base)
        : this.#redirectTo(redirect);
    const file = this.#fileOf(job, type);
    const render = renderRecord(job, answer, links);
    const about = { kind: redirect === undefined ? job.kind : 'redirect', type, render } as const;
    this.#heldBytes += body.length;
    return async () => {
      try {
        this.claims.claim(file, job.path);
        this.#follow(job, links ?? []);
        const turn = this.#rendered.push(undefined) - 1;
        await this.#write(file, body, about);
        this.#rendered[turn] = job.path;
      } finally {
        this.#heldBytes -= body.length;
      }
    };
  }

  /** Where a redirect only adds a slash, what it leads to is the same page to a host of folders. */
  async #answerOf(job: Job): Promise<PageAnswer> {
    const { publisher, options, cacheControl } = this.#parts;
    const headers = { ...options.headers, ...job.variant?.headers };
    const settings = { ...options, headers, host: this.host, cacheControl };
    const answer = await renderPage(publisher, job, settings);
    const { redirect } = answer;
    const isOne =
      redirect !== undefined && options.layout === 'folders' && isOtherForm(job.path, redirect, this.host);
    return isOne ? await renderPage(publisher, { ...job, path: redirect.pathname }, settings) : answer;
  }

  #fileOf(job: Job, type: string): string {
    const file = job.file ?? fileOfPage({ path: job.path, type }, this.#parts.options.layout);
    return inFolder(file, job.variant);
  }

  async #write(
    file: string,
    body: Buffer,
    about: Pick<FileRecord, 'kind' | 'type' | 'render'>,
  ): Promise<void> {
    const hash = await this.#parts.staging.write(file, body);
    const { kind, render } = about;
    const type = this.#shared(about.type);
    const record = { kind, bytes: body.length, hash, type };
    this.records.set(file, render === undefined ? record : { ...record, render });
  }

  /**
   * The same text, once for all pages that have it: types, and what they link to. It is copied, for it may be a part of a
   * longer one, such as a whole head, which would be kept with it.
   */
  #shared(text: string): string {
    const known = this.#texts.get(text) ?? Buffer.from(text).toString();
    this.#texts.set(known, known);
    return known;
  }

  #redirectTo(url: URL): Buffer {
    const isOwn = url.host === this.host;
    const target = isOwn
      ? withBase(`${url.pathname}${url.search}${url.hash}`, this.#parts.options.base)
      : url.href;
    return redirectPage(target);
  }

  #follow(job: Job, links: readonly string[]): void {
    if (this.#crawls) for (const link of links) this.#addPath(link, job);
  }

  async #writeRedirects(): Promise<void> {
    const { options } = this.#parts;
    for (const [from, to] of Object.entries(options.redirects)) {
      try {
        const type = 'text/html; charset=utf-8';
        const file = fileOfPage({ path: canonicalPath(from) ?? from, type }, options.layout);
        this.claims.claim(file, from);
        await this.#write(file, this.#redirectTo(new URL(to, `http://${this.host}`)), {
          kind: 'redirect',
          type,
        });
      } catch (error) {
        this.#fail({ path: from, message: messageOf(error), error });
      }
    }
  }

  /** What the app says of a page that is not there, for hosts that answer so with 404.html. */
  async #addNotFound(): Promise<void> {
    const { notFound, variants } = this.#parts.options;
    if (notFound === undefined || this.claims.has(NOT_FOUND_FILE)) return;
    const variant = variants.find(({ prefix, folder }) => prefix === '' && folder === '');
    const job = { kind: 'not-found', file: NOT_FOUND_FILE, statuses: [404, 200], variant } as const;
    this.#add({ ...job, path: notFound, route: undefined, linkedFrom: undefined });
    await this.#workOff();
  }

  #addAssets(): void {
    for (const { file, source, ...about } of this.#parts.collected()) {
      this.claims.claim(checkFile(file), `the asset ${file}`);
      this.#parts.staging.copy(source, file);
      this.records.set(file, { kind: 'asset', ...about });
    }
  }

  /** Unless the app has one. */
  async #addSitemapFile(): Promise<void> {
    const { url } = this.#parts.options;
    if (url === undefined || this.claims.has('sitemap.xml')) return;
    const urlOf = (file: string, variant?: string) => `${url}${this.pathOfFile(file, variant)}`;
    const urls = [...this.records].flatMap(([file, { kind, type, render }]) =>
      kind === 'page' && isHtmlType(type) && render?.status === 200 && render.isUnlisted === undefined
        ? [urlOf(file, render.variant)]
        : [],
    );
    const type = 'application/xml; charset=utf-8';
    for (const [file, body] of writeSitemaps(urls.sort(), urlOf)) {
      this.claims.claim(file, file);
      await this.#write(file, body, { kind: 'sitemap', type });
    }
  }

  /** Where a plain server of files has the page of a file: under its own path, unless its file says otherwise. */
  pathOfFile(file: string, variantName?: string): string {
    const { base, layout, variants } = this.#parts.options;
    const record = this.records.get(file);
    const variant = variants.find(({ name }) => name === variantName);
    const path = record?.render?.path;
    const usual = path === undefined ? undefined : tryFileOf(path, record?.type ?? '', layout);
    if (path !== undefined && usual !== undefined && inFolder(usual, variant) === file)
      return `${base}${variant === undefined || variant.folder === '' ? '' : `/${encodeURI(variant.folder)}`}${path}`;
    return `${base}/${encodeURI(file.replace(/(^|\/)index\.html$/, '$1'))}`;
  }

  #failJob({ path, route, variant, linkedFrom }: Job, error: unknown): void {
    const cause = error instanceof StaticGeneratorError ? (error.cause ?? error) : error;
    const about = {
      ...(route === undefined ? {} : { route }),
      ...(variant === undefined ? {} : { variant: variant.name }),
      ...(linkedFrom === undefined ? {} : { linkedFrom }),
    };
    this.#failed.add(keyOf(path, variant?.name));
    if (!(cause instanceof AnswerProblem))
      this.#fail({ path, message: messageOf(cause), ...about, error: cause });
    else {
      const { status, thrown, message } = cause;
      this.#fail({ path, message, ...about, status, ...(thrown === undefined ? {} : { error: thrown }) });
    }
  }

  #fail(failure: ExportFailure): void {
    this.failures.push(failure);
  }

  #tell(): void {
    this.#parts.options.onProgress?.({ total: this.#work.total, done: this.#done });
  }
}

function renderRecord(job: Job, answer: PageAnswer, links: readonly string[] | undefined): RenderRecord {
  const { status, tags, expiresAt, isUnlisted } = answer;
  return {
    ...{ path: job.path, status, tags },
    ...(job.variant === undefined ? {} : { variant: job.variant.name }),
    ...(links === undefined ? {} : { links }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(isUnlisted ? { isUnlisted } : {}),
  };
}

function linksOf({ redirect, body, type }: PageAnswer, pageUrl: URL): readonly string[] {
  if (redirect === undefined) return targetsOf(body, type, pageUrl);
  return redirect.host === pageUrl.host && redirect.search === '' ? [redirect.pathname] : [];
}

/** A variant with a prefix is known by the path; one by its headers is that of the page with the link. */
function variantOfLink(
  path: string,
  from: Job,
  variants: readonly ResolvedVariant[],
): ResolvedVariant | undefined {
  const named = variants.filter(({ prefix }) => prefix !== '' && `${path}/`.startsWith(`${prefix}/`));
  const [longest] = named.sort((a, b) => b.prefix.length - a.prefix.length);
  if (longest !== undefined) return longest;
  return (from.variant?.prefix ?? '') === '' ? from.variant : variants.find(({ prefix }) => prefix === '');
}

function inFolder(file: string, variant: ResolvedVariant | undefined): string {
  return checkFile(variant === undefined || variant.folder === '' ? file : `${variant.folder}/${file}`);
}

function tryFileOf(path: string, type: string, layout: ExportRunOptions['layout']): string | undefined {
  try {
    return fileOfPage({ path, type }, layout);
  } catch {
    return undefined;
  }
}

/** As rules and globs read it; what cannot be decoded stands for itself. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}
