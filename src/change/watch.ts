import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import micromatch from 'micromatch';
import type { Logger } from '../log.js';
import type { WatchedFiles } from './watch-options.js';

/** What came of changed files. */
export interface WatchReport {
  /** As their globs are written. */
  readonly files: readonly string[];
  /** The URL paths of the pages that were there. */
  readonly deleted: readonly string[];
  /** The paths among the targets that no page can have. */
  readonly notPages: readonly string[];
}

export interface FileWatcherParts {
  readonly watched: readonly WatchedFiles[];
  /** Deletes, or regenerates, what the targets name. */
  readonly invalidate: (targets: readonly unknown[]) => Promise<Omit<WatchReport, 'files'>>;
  readonly onReport: (report: WatchReport) => void;
  readonly logger: Logger;
  /** Whether watching alone keeps the process from ending. */
  readonly keepsAlive: boolean;
}

/**
 * How long changes are gathered after the first, in milliseconds. Longer than the 50 for which chokidar swallows further
 * changes of the same file: whatever it swallows comes before the deletion.
 */
const GATHER_MS = 100;

const NOTHING = { deleted: [], notPages: [] };

/** A glob whose fixed part is a folder. */
interface Watched {
  readonly folder: string;
  /** The fixed part as it is written. */
  readonly base: string;
  readonly matches: (path: string) => boolean;
}

/** Invalidates pages when files change: those that exist at the start do not count, those that vanish do. */
export class FileWatcher {
  readonly #parts: FileWatcherParts;
  readonly #groups: readonly Group[];
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();

  constructor(parts: FileWatcherParts) {
    this.#parts = parts;
    this.#groups = parts.watched.map((one) => ({
      ...one,
      globs: one.files.map(compileGlob),
      changed: new Set(),
    }));
  }

  /** Resolves when every change from now on is noticed. */
  start(): Promise<void> {
    const folders = new Set(this.#groups.flatMap(({ globs }) => globs.map(({ folder }) => folder)));
    for (const folder of folders)
      if (!existsSync(folder))
        this.#parts.logger.warn({ folder }, 'a folder that is to be watched does not exist');
    // Without globs of its own, chokidar is given folders; a file that is renamed over another is one change to it.
    const watcher = watch([...folders], {
      ignoreInitial: true,
      atomic: true,
      persistent: this.#parts.keepsAlive,
    });
    this.#watcher = watcher;
    watcher.on('error', (error) => this.#parts.logger.error({ err: error }, 'watching files failed'));
    for (const event of ['add', 'change', 'unlink'] as const)
      watcher.on(event, (path) => this.#note(resolve(path)));
    return new Promise((ready) => {
      watcher.once('ready', () => ready());
    });
  }

  /** Ends watching; what has been noticed is finished first. */
  async stop(): Promise<void> {
    await this.#watcher?.close();
    clearTimeout(this.#timer);
    this.#finish();
    await this.#underWay;
  }

  #note(path: string): void {
    for (const { globs, changed } of this.#groups) {
      const named = globs.map((glob) => nameIn(glob, path)).find((name) => name !== undefined);
      if (named !== undefined) changed.add(named);
    }
    if (this.#groups.every(({ changed }) => changed.size === 0)) return;
    this.#timer ??= setTimeout(() => this.#finish(), GATHER_MS);
  }

  #finish(): void {
    this.#timer = undefined;
    for (const group of this.#groups) {
      const files = [...group.changed];
      group.changed.clear();
      if (files.length > 0) this.#underWay = this.#underWay.then(() => this.#invalidate(group, files));
    }
  }

  async #invalidate({ pages }: Group, files: readonly string[]): Promise<void> {
    const { invalidate, onReport, logger } = this.#parts;
    try {
      const targets = isFunction(pages) ? await this.#targetsOf(pages, files) : [pages];
      const { deleted, notPages } = targets.length > 0 ? await invalidate(targets) : NOTHING;
      onReport({ files, deleted, notPages });
    } catch (error) {
      logger.error({ files, err: error }, 'the pages of changed files could not be invalidated');
    }
  }

  /** A file whose pages are not known keeps nobody else's from being deleted. */
  async #targetsOf(pages: (file: string) => unknown, files: readonly string[]): Promise<readonly unknown[]> {
    const targets: unknown[] = [];
    for (const file of files) {
      try {
        targets.push((await pages(file)) ?? []);
      } catch (error) {
        this.#parts.logger.error({ file, err: error }, 'the pages of a changed file are not known');
      }
    }
    return targets;
  }
}

interface Group extends WatchedFiles {
  readonly globs: readonly Watched[];
  readonly changed: Set<string>;
}

function isFunction(pages: WatchedFiles['pages']): pages is (file: string) => unknown {
  return typeof pages === 'function';
}

function compileGlob(written: string): Watched {
  const { base, glob } = micromatch.scan(written);
  if (glob === '') {
    const name = basename(written);
    return { folder: resolve(dirname(written)), base: dirname(written), matches: (path) => path === name };
  }
  return { folder: resolve(base), base, matches: micromatch.matcher(glob) };
}

/** The file as the glob is written, or undefined: it is not among those. */
function nameIn({ folder, base, matches }: Watched, path: string): string | undefined {
  const within = relative(folder, path).replaceAll(sep, '/');
  return matches(within) ? join(base, within) : undefined;
}
