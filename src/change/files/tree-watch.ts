import type { BigIntStats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { forEachConcurrently } from '../../concurrency.js';
import { systemErrorCode } from '../../errors.js';
import { FolderEvents } from './folder-events.js';
import { mountsBelow } from './mounts.js';
import { sharedFileSystem } from './network.js';
import { Ways } from './ways.js';

export interface TreeWatchParts {
  /** An absolute path. It need not exist, and may be a link. */
  readonly folder: string;
  /** How many folders deep its files are watched. */
  readonly depth: number;
  /** A file was created, written, replaced or removed, or its path leads elsewhere now. */
  readonly onChange: (file: string) => void;
  /** The folder exists again, or no longer exists. */
  readonly onPresence: (folder: string, isThere: boolean) => void;
  /** The system does not report changes as they happen, so the files are checked at intervals. */
  readonly onSilence: (folder: string, why: unknown) => void;
  readonly keepsAlive: boolean;
  /** How often to look for changes that no event reports: below mounts, and by other machines. In milliseconds. */
  readonly lookEveryMs: number;
}

/** A folder of the tree, as it was found. */
interface Folder {
  /** Which folder it is: another one may take its name. */
  readonly identity: string;
  readonly depth: number;
  /** Its files, each with a text that changes when the file does. */
  readonly files: Map<string, string>;
  readonly folders: Set<string>;
}

const AT_A_TIME = 8;
/** The errors that mean that nothing is there. */
const ABSENT: readonly (string | undefined)[] = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'];

/**
 * Reports every change to the files below a folder, whatever happens to the folder: it may be replaced, come later, vanish and come back,
 * or be a link that is switched. The system watches folders, not names, so the folders on the way to each name are watched as well.
 */
export class TreeWatch {
  readonly #parts: TreeWatchParts;
  readonly #events: FolderEvents;
  readonly #ways: Ways;
  readonly #tree = new Map<string, Folder>();
  /** Paths to look at, and whether each is known to have changed. */
  readonly #due = new Map<string, boolean>();
  readonly #dueFolders = new Map<string, boolean>();
  #isStarting = true;
  #isThere: boolean | undefined;
  #isSilent = false;
  #isStopped = false;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void> | undefined;

  constructor(parts: TreeWatchParts) {
    this.#parts = parts;
    const { keepsAlive } = parts;
    this.#events = new FolderEvents({
      onEvent: (folder, name) => {
        if (name === undefined) this.#look(this.#dueFolders, folder);
        else this.#look(this.#due, join(folder, name), true);
      },
      onFault: (folder, error) => this.#silence(folder, error),
      keepsAlive,
    });
    this.#ways = new Ways({ onEvent: (path) => this.#look(this.#due, path, true), keepsAlive });
  }

  /** Resolves when every later change will be reported. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => void this.#lookAround(), this.#parts.lookEveryMs);
    if (!this.#parts.keepsAlive) this.#timer.unref();
    this.#look(this.#due, this.#parts.folder);
    await this.#work;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#events.close();
    this.#ways.close();
    await this.#work;
  }

  async #lookAround(): Promise<void> {
    const { folder: root } = this.#parts;
    const mounted = await mountsBelow(root).catch((error: unknown) => {
      this.#silence(root, error);
      return [];
    });
    for (const path of [root, ...this.#ways.paths, ...mounted]) this.#look(this.#due, path);
    if (this.#isSilent) for (const folder of this.#tree.keys()) this.#look(this.#dueFolders, folder);
  }

  #look(queue: Map<string, boolean>, path: string, isSure = false): void {
    if (this.#isStopped) return;
    queue.set(path, isSure || queue.get(path) === true);
    this.#work ??= this.#lookAtDue().finally(() => {
      this.#work = undefined;
    });
  }

  /** Looks at one path after the other: two looks at one folder would report the same change twice. */
  async #lookAtDue(): Promise<void> {
    while (!this.#isStopped && this.#due.size + this.#dueFolders.size > 0) {
      await this.#drain(this.#due, async (path, isSure) => {
        if (path === this.#parts.folder) await this.#lookAtRoot();
        else await this.#lookAtEntry(path, isSure);
      });
      await this.#drain(this.#dueFolders, async (path) => await this.#lookInto(path));
    }
  }

  async #drain(
    queue: Map<string, boolean>,
    look: (path: string, isSure: boolean) => Promise<void>,
  ): Promise<void> {
    for (const [path, isSure] of queue) {
      queue.delete(path);
      if (this.#isStopped) return;
      await look(path, isSure).catch((error: unknown) => this.#silence(path, error));
    }
  }

  async #lookAtRoot(): Promise<void> {
    const { folder, depth, onPresence } = this.#parts;
    await this.#ways.follow(folder);
    const stats = await statIfThere(folder);
    const isThere = stats?.isDirectory() === true;
    if (isThere !== (this.#isThere ?? true)) onPresence(folder, isThere);
    this.#isThere = isThere;
    await this.#placeFolder(folder, stats, depth);
    this.#isStarting = false;
  }

  /** If another folder has replaced a folder, all its files are other files. */
  async #placeFolder(path: string, stats: BigIntStats | undefined, depth: number): Promise<void> {
    const identity = stats?.isDirectory() ? `${stats.dev}:${stats.ino}` : undefined;
    if (this.#tree.get(path)?.identity === identity) return;
    this.#leave(path);
    if (identity === undefined || this.#isCircle(path, identity)) return;
    this.#events.add(path, identity);
    // If something took the name before it was watched, look at it again.
    const now = await statIfThere(path);
    if (`${now?.dev}:${now?.ino}` !== identity) return this.#look(this.#due, path);
    const folder: Folder = { identity, depth, files: new Map(), folders: new Set() };
    this.#tree.set(path, folder);
    const shared = await sharedFileSystem(path);
    if (shared !== undefined) this.#silence(path, shared);
    await this.#lookInto(path);
  }

  /** A link may lead to a folder that it is in. */
  #isCircle(path: string, identity: string): boolean {
    return [...this.#tree].some(
      ([above, known]) => known.identity === identity && path.startsWith(`${above}/`),
    );
  }

  #leave(path: string): void {
    const below = [...this.#tree.keys()].filter((one) => one === path || one.startsWith(`${path}/`));
    for (const one of below) {
      for (const name of this.#tree.get(one)?.files.keys() ?? []) this.#tell(join(one, name));
      this.#tree.delete(one);
      this.#events.remove(one);
      this.#ways.forgetIn(one);
    }
  }

  async #lookInto(path: string): Promise<void> {
    const folder = this.#tree.get(path);
    if (folder === undefined) return;
    this.#events.add(path, folder.identity);
    const names = new Set([...(await namesIn(path)), ...folder.files.keys(), ...folder.folders]);
    await forEachConcurrently([...names], AT_A_TIME, async (name) =>
      this.#lookAtEntry(join(path, name), false),
    );
  }

  async #lookAtEntry(path: string, isSure: boolean): Promise<void> {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const folder = this.#tree.get(path.slice(0, slash) || '/');
    if (folder === undefined) return;
    const link = await lstatIfThere(path);
    if (link?.isSymbolicLink()) await this.#ways.follow(path);
    else this.#ways.forget(path);
    const stats = link?.isSymbolicLink() ? await statIfThere(path) : link;
    this.#noteFile(path, folder, { name, stats, isSure });
    if (!stats?.isDirectory()) folder.folders.delete(name);
    else if (folder.depth > 0) folder.folders.add(name);
    else return;
    await this.#placeFolder(path, stats, folder.depth - 1);
  }

  #noteFile(
    path: string,
    { files }: Folder,
    { name, stats, isSure }: { name: string; stats: BigIntStats | undefined; isSure: boolean },
  ): void {
    const known = files.get(name);
    const found = stats?.isFile() ? signatureOf(stats) : undefined;
    if (found === undefined) files.delete(name);
    else files.set(name, found);
    // Two changes within a tick of the clock leave the same times.
    if (found !== known || (isSure && found !== undefined)) this.#tell(path);
  }

  #tell(file: string): void {
    if (!this.#isStarting && !this.#isStopped) this.#parts.onChange(file);
  }

  #silence(path: string, why: unknown): void {
    // If something has vanished meanwhile, that is not a fault.
    if (ABSENT.includes(systemErrorCode(why))) this.#look(this.#due, path);
    else {
      if (!this.#isSilent) this.#parts.onSilence(path, why);
      this.#isSilent = true;
    }
  }
}

function signatureOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch((error: unknown) => {
    if (ABSENT.includes(systemErrorCode(error))) return [];
    throw error;
  });
}

async function statIfThere(path: string): Promise<BigIntStats | undefined> {
  return await stat(path, { bigint: true }).catch(undefinedIfAbsent);
}

async function lstatIfThere(path: string): Promise<BigIntStats | undefined> {
  return await lstat(path, { bigint: true }).catch(undefinedIfAbsent);
}

function undefinedIfAbsent(error: unknown): undefined {
  if (!ABSENT.includes(systemErrorCode(error))) throw error;
}
