import { StaticGeneratorError } from '../../errors.js';
import { bareName, canonicalPath } from '../../page/layout.js';
import { compileRules } from '../../page/rules.js';
import type { FailureList } from '../failure-list.js';
import { decodedPath } from '../files/layout.js';
import type { ResolvedVariant } from '../options.js';
import { pagesOfRoute } from '../routes/pages.js';
import type { Route } from '../routes/routes.js';
import type { ExportRunOptions } from '../run-options.js';
import type { Job } from './job.js';
import { type Ending, WorkList } from './work-list.js';

/** The most that may wait for a slow page or a busy disk. Without a limit, all pages might wait in memory. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;
/** Each page counts as at least this much, because more than its body is in memory. */
const LEAST_HELD_BYTES = 64 * 1024;
const NO_VARIANT = { folder: '', headers: {} };
const OK: readonly number[] = [200];

/** A page that was rendered and waits for its turn. */
export interface ReadyPage {
  /** The size of its body. */
  readonly bytes: number;
  /** The rest of the work, in its turn. */
  readonly end: () => Promise<void> | void;
}

/** The pages to export, each once, in the order in which they are found. */
export class PageQueue {
  readonly #options: ExportRunOptions;
  readonly #failures: FailureList;
  readonly #work = new WorkList<Job>();
  /** The paths that were added, by what else their requests depend on: the folder and headers of the variant. */
  readonly #seen = new Map<string, Set<string>>();
  readonly #isExcluded: (decoded: string) => boolean;
  #done = 0;
  #heldBytes = 0;

  constructor(options: ExportRunOptions, failures: FailureList) {
    this.#options = options;
    this.#failures = failures;
    const rules = compileRules(options.exclude, []);
    this.#isExcluded = (decoded) => rules.match(decoded) === 'page';
  }

  /** Adds the pages of a route, in each of its variants. Values that make no page are failures. */
  async addRoute(route: Route): Promise<void> {
    const { statuses, name } = route;
    const about = { kind: 'page', statuses, route: name, linkedFrom: undefined } as const;
    for await (const page of pagesOfRoute(route)) {
      this.#options.signal?.throwIfAborted();
      if (page instanceof StaticGeneratorError) {
        this.#failures.add({ path: route.name, route: route.name, message: page.message, error: page.cause });
        continue;
      }
      for (const variant of this.#variantsOf(route)) this.add({ variant, ...about, ...page });
    }
  }

  #variantsOf({ variants }: Route): readonly (ResolvedVariant | undefined)[] {
    const all = this.#options.variants;
    return variants && all.length > 0 ? all : [undefined];
  }

  /** Whether a path is left out if a link or a sitemap names it. It may match with its query, or without. */
  excludes(path: string): boolean {
    const [bare = ''] = path.split('?', 1);
    return this.#isExcluded(decodedPath(path)) || (bare !== path && this.#isExcluded(decodedPath(bare)));
  }

  /** Adds a path: of a seed or a sitemap, in every variant; of a link, in the variant to which the link leads. */
  addPath(written: string, from?: Job): void {
    const path = canonicalPath(written) ?? written;
    if (this.excludes(path)) return;
    const { variants } = this.#options;
    const page = {
      kind: 'page',
      file: undefined,
      statuses: OK,
      route: undefined,
      linkedFrom: from?.path,
    } as const;
    if (from !== undefined) this.#enqueue({ path, variant: variantOfLink(path, from, variants), ...page });
    else if (variants.length === 0) this.add({ path, variant: undefined, ...page });
    else for (const variant of variants) this.add({ path, variant, ...page });
  }

  /** Adds a file of the site as a whole, which has no variants. */
  addFile(path: string, { isOptional = false } = {}): void {
    if (this.excludes(path)) return;
    const kind = isOptional ? 'optional' : 'page';
    const about = { file: undefined, statuses: OK, route: undefined, linkedFrom: undefined };
    this.#enqueue({ path, kind, variant: undefined, ...about });
  }

  /** Adds a page under the prefix of its variant. */
  add(job: Job): void {
    this.#enqueue({ ...job, path: `${job.variant?.prefix ?? ''}${job.path}` });
  }

  /** Adds each page once. A host of folders has one page for `/blog` and `/blog/`, unless a route gives each a file. */
  #enqueue(job: Job): void {
    const seen = this.#seenOf(job.variant);
    const bare = bareName(job.path);
    const isOwn = job.file !== undefined || this.#options.layout === 'files';
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

  get total(): number {
    return this.#work.total;
  }

  /** Works on all jobs, and on those that are found meanwhile. */
  async work(begin: (job: Job) => Promise<ReadyPage>): Promise<void> {
    const { concurrency, signal } = this.#options;
    this.#tell();
    const isFull = () => this.#heldBytes > MAX_HELD_BYTES;
    await this.#work.work((job) => this.#begin(job, begin), { concurrency, signal, isFull });
  }

  async #begin(job: Job, begin: (job: Job) => Promise<ReadyPage>): Promise<Ending> {
    let ready: ReadyPage;
    try {
      ready = await begin(job);
    } catch (error) {
      ready = { bytes: 0, end: () => this.#fail(job, error) };
    }
    const { bytes, end } = ready;
    const held = bytes === 0 ? 0 : Math.max(bytes, LEAST_HELD_BYTES);
    this.#heldBytes += held;
    return async () => {
      try {
        await end();
      } catch (error) {
        this.#fail(job, error);
      }
      this.#heldBytes -= held;
      this.#done += 1;
      this.#tell();
    };
  }

  #fail(job: Job, error: unknown): void {
    this.#options.signal?.throwIfAborted();
    this.#failures.addPage(job, error);
  }

  #tell(): void {
    this.#options.onProgress?.({ total: this.#work.total, done: this.#done });
  }
}

/** Finds the variant by the path's prefix; without one, that of the page with the link, unless that has a prefix. */
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
