import { systemErrorCode } from '../errors.js';
import type { Logger } from '../log.js';
import { compileGlob, type FileGlob, nameIn } from './files/glob.js';
import { TreeWatch } from './files/tree-watch.js';
import type { WatchedFiles } from './watch-options.js';

/** What happened after files changed. */
export interface WatchReport {
  /** Named as their globs are written. */
  readonly files: readonly string[];
  /** The URL paths of the pages that existed and were deleted. */
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
  /** Whether watching alone keeps the process alive. */
  readonly keepsAlive: boolean;
}

/**
 * How long changes are collected after the first, in milliseconds: files that are saved together are handled together.
 */
const GATHER_MS = 100;

const LOOK_EVERY_MS = 2000;

const NOTHING = { deleted: [], notPages: [] };

/** Invalidates pages when files change. Files that exist at the start do not count; files that vanish do. */
export class FileWatcher {
  readonly #parts: FileWatcherParts;
  readonly #groups: readonly Group[];
  readonly #trees: readonly TreeWatch[];
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();

  constructor(parts: FileWatcherParts) {
    this.#parts = parts;
    this.#groups = parts.watched.map((one) => ({
      ...one,
      globs: one.files.map(compileGlob),
      changed: new Set(),
    }));
    this.#trees = [...depthsOf(this.#groups)].map(([folder, depth]) => this.#watchTree(folder, depth));
  }

  #watchTree(folder: string, depth: number): TreeWatch {
    const { logger, keepsAlive } = this.#parts;
    return new TreeWatch({
      ...{ folder, depth, keepsAlive, lookEveryMs: LOOK_EVERY_MS },
      onChange: (file) => this.#note(file),
      onPresence: (path, isThere) =>
        isThere ? logger.info({ folder: path }, BACK) : logger.warn({ folder: path }, GONE),
      onSilence: (path, why) => logger.warn({ folder: path, ...describeSilence(why) }, SILENT),
    });
  }

  /** Resolves when every later change will be noticed. */
  async start(): Promise<void> {
    await Promise.all(this.#trees.map((tree) => tree.start()));
  }

  /** Stops watching. First finishes what has been noticed. */
  async stop(): Promise<void> {
    await Promise.all(this.#trees.map((tree) => tree.stop()));
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

  /** If the pages of one file cannot be found, the pages of the other files are still deleted. */
  async #targetsOf(pages: (file: string) => unknown, files: readonly string[]): Promise<readonly unknown[]> {
    const targets: unknown[] = [];
    for (const file of files) {
      try {
        targets.push((await pages(file)) ?? []);
      } catch (error) {
        this.#parts.logger.error(
          { file, err: error },
          'the option `watch` could not say which pages a changed file has',
        );
      }
    }
    return targets;
  }
}

interface Group extends WatchedFiles {
  readonly globs: readonly FileGlob[];
  readonly changed: Set<string>;
}

function isFunction(pages: WatchedFiles['pages']): pages is (file: string) => unknown {
  return typeof pages === 'function';
}

/** Returns the folders that the globs begin with, and how deep each must be watched. */
function depthsOf(groups: readonly Group[]): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  for (const { folder, depth } of groups.flatMap(({ globs }) => globs))
    depths.set(folder, Math.max(depth, depths.get(folder) ?? 0));
  return depths;
}

const GONE = 'a watched folder does not exist; its files are watched as soon as it exists again';
const BACK = 'a watched folder exists again';
const SILENT =
  'the system does not report changes in a watched folder, so all its files are checked every two seconds';

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: 'raise the limit of the system: sysctl fs.inotify.max_user_watches=524288',
  EMFILE: 'raise the limit of the system: sysctl fs.inotify.max_user_instances=512',
  EACCES: 'give this user permission to read the folder',
};

/** If `why` is a string, it is the kind of file system. */
function describeSilence(why: unknown): object {
  if (typeof why === 'string') return { fileSystem: why };
  const remedy = remedies[systemErrorCode(why) ?? ''];
  return { err: why, ...(remedy === undefined ? {} : { remedy }) };
}
