import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StaticGeneratorError, systemErrorCode } from '../errors.js';
import { allottedBytes } from '../files/blocks.js';
import { type StoredCoding, storedCodings } from '../files/compress.js';
import { isInside, pruneFolders, renameInto, unlinkIfThere } from '../files/folders.js';
import { KnownFolders, LinkError, linkBetween, refuseLinkBetween } from '../files/links.js';
import { removeTemporary } from '../files/temporary.js';
import { modifiedSecondsOf } from './content-hash.js';
import { type ExpectedPage, isWhole, seemsWhole } from './expected-page.js';
import { hidePage } from './hide-page.js';
import { type OpenPage, openPage } from './open-page.js';
import { codingSuffixes, pagesUnder } from './page-files.js';
import { RecentFiles, type WholePage } from './recent-files.js';
import type { StagedPage } from './stage-page.js';
import { Stager } from './stager.js';
import type { WebRoot } from './web-root.js';

export interface PageStoreOptions {
  /** Called if no thread can be started to write pages in: they are then written in the main thread. */
  readonly onNoThread?: (error: unknown) => void;
}

/**
 * The bytes of pages on the disk. A page and its codings are one thing. Invariant, at every instant and after any kill:
 * a coding exists only beside the page that it was made from. So codings are removed first and placed last.
 */
export class PageStore {
  readonly #webRoot: WebRoot;
  readonly #recent = new RecentFiles();
  readonly #stager: Stager;

  constructor(webRoot: WebRoot, { onNoThread }: PageStoreOptions = {}) {
    this.#webRoot = webRoot;
    this.#stager = new Stager((error) => onNoThread?.(error));
  }

  /** Ends the thread that writes pages. Nothing can be staged after that. */
  async close(): Promise<void> {
    await this.#stager.close();
  }

  /**
   * Compresses a page and writes it to temporary files, mostly off the event loop: see {@link Stager}. This is the slow
   * part, so call it before taking any lock. Without a type, no codings are made.
   */
  async stage(body: Buffer, hash: string, contentType: string | undefined): Promise<StagedPage> {
    const folder = this.#temporaryFolder();
    return await this.#stager.stage({ folder, body, contentType, modifiedSeconds: modifiedSecondsOf(hash) });
  }

  /**
   * Returns a new name, which nginx cannot find, for a page that only Node serves. The name is used once: the row that
   * is committed with it holds the headers of exactly these bytes.
   */
  nodeOnlyFile(): string {
    const name = randomBytes(16).toString('hex');
    return `${this.#webRoot.nodeOnlyFolder}/${name.slice(0, 2)}/${name}`;
  }

  /** Puts a staged page in the place from which it is served. Called under the ledger's lock. */
  place(staged: StagedPage, file: string): void {
    const target = this.#absolute(file);
    refuseLinkBetween(this.#webRoot.path, target);
    for (const suffix of codingSuffixes) unlinkIfThere(`${target}${suffix}`);
    renameInto(staged.page, target);
    for (const [coding, file] of staged.codings) renameInto(file, `${target}${storedCodings[coding]}`);
  }

  /** Removes what is left of a staged page: all of it, or nothing if it was placed. */
  async discard(staged: StagedPage): Promise<void> {
    await Promise.all([staged.page, ...staged.codings.values()].map(removeTemporary));
  }

  /**
   * Removes a page with its codings, and returns whether there was one. If one of these files cannot be removed,
   * removes the others and then throws: what is gone is not served, whatever happens to the rest. A page behind a link
   * is not ours to remove, so this throws if there is one.
   */
  remove(file: string, folders = this.folders()): boolean {
    const target = this.#absolute(file);
    const way = folders.wayTo(dirname(target));
    if (way === 'missing') return false;
    if (way !== 'open') return refuseIfThere(target, way.link);
    let failure: { readonly error: unknown } | undefined;
    let wasThere = false;
    for (const suffix of [...codingSuffixes, '']) {
      try {
        wasThere = unlinkIfThere(`${target}${suffix}`);
      } catch (error) {
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
    return wasThere;
  }

  /** Whether a page and its codings have the size and the time that they were given. Cheap: reads no bytes. */
  async seemsWhole(file: string, expected: ExpectedPage): Promise<boolean> {
    return await seemsWhole(this.#absolute(file), expected);
  }

  /** Whether a page and its codings contain the bytes that were stored. */
  async isWhole(file: string, expected: ExpectedPage): Promise<boolean> {
    return await isWhole(this.#absolute(file), expected);
  }

  /** Returns how many bytes a page and its codings take of the disk. */
  sizeOf(file: string, codings: readonly StoredCoding[]): number {
    const names = [file, ...codings.map((coding) => `${file}${storedCodings[coding]}`)];
    const sizes = names.map((name) => statSync(this.#absolute(name), { throwIfNoEntry: false })?.size);
    return sizes.reduce<number>((sum, size) => sum + (size === undefined ? 0 : allottedBytes(size)), 0);
  }

  /** Returns how many bytes are free for this process on the disk that WEB_ROOT is on. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#webRoot.path);
    return bavail * bsize;
  }

  isThere(file: string): boolean {
    return statSync(this.#absolute(file), { throwIfNoEntry: false }) !== undefined;
  }

  /** Hides a page that could not be removed: see {@link hidePage}. */
  hide(file: string): void {
    const target = this.#absolute(file);
    if (linkBetween(this.#webRoot.path, target) === undefined) hidePage(target);
  }

  /** Removes the folders of removed pages while they are empty, but never WEB_ROOT. Ignores failures. */
  prune(files: Iterable<string>, folders = this.folders()): void {
    const pruned = new Set<string>();
    for (const file of files) pruned.add(dirname(this.#absolute(file)));
    for (const folder of pruned)
      if (typeof folders.wayTo(folder) === 'string') pruneFolders(folder, this.#webRoot.path);
  }

  /** Returns folders for removals that follow each other at once, under the ledger's lock. */
  folders(): KnownFolders {
    return new KnownFolders(this.#webRoot.path);
  }

  /** Reads a page or one of its codings: a small file whole, a large one open. Returns `undefined` if there is none. */
  read(file: string, coding: StoredCoding | undefined): WholePage | OpenPage | undefined {
    const name = coding === undefined ? file : `${file}${storedCodings[coding]}`;
    return this.#recent.read(`${this.#webRoot.path}/${name}`, () => openPage(this.#absolute(name)));
  }

  /** Whether there is nothing under WEB_ROOT except the private folder and that of terms, and no page in the former. */
  isEmpty(): boolean {
    const { stateFolder, termFolder } = this.#webRoot;
    const isBare = (folder: string) =>
      readdirSync(folder).every((name) => [stateFolder, termFolder].includes(join(folder, name)));
    const nodeOnly = this.#absolute(this.#webRoot.nodeOnlyFolder);
    return isBare(this.#webRoot.path) && (!existsSync(nodeOnly) || isBare(nodeOnly));
  }

  /** Lists the pages under WEB_ROOT: see {@link pagesUnder}. */
  pages(hosts: readonly string[]): AsyncIterable<string> {
    return pagesUnder(this.#webRoot, hosts);
  }

  /** Removes temporary files that no live render can own: processes that died have left them. Returns how many. */
  async sweep(maxAgeMilliseconds: number): Promise<number> {
    let swept = 0;
    const folder = this.#temporaryFolder();
    for (const name of await readdir(folder)) {
      const file = join(folder, name);
      const status = await stat(file).catch(ignoreMissing);
      // Compares the ctime, because the mtime is derived from the content.
      if (status === undefined || Date.now() - status.ctimeMs < maxAgeMilliseconds) continue;
      await removeTemporary(file);
      swept += 1;
    }
    return swept;
  }

  /** Returns the folder of temporary files. It was a folder at the start; a link may have taken its place since. */
  #temporaryFolder(): string {
    const { path, temporaryFolder } = this.#webRoot;
    refuseLinkBetween(path, `${temporaryFolder}/`);
    return temporaryFolder;
  }

  /** Makes the path of a file. The layout ensures that no path leads out of WEB_ROOT; this checks it again. */
  #absolute(file: string): string {
    const path = `${this.#webRoot.path}/${file}`;
    if (isInside(this.#webRoot.path, path)) return path;
    throw new StaticGeneratorError('ERR_BAD_TARGET', `${JSON.stringify(file)} is outside WEB_ROOT`, {
      fields: { path: file },
    });
  }
}

/** Throws if a page, or one of its codings, exists behind a link. */
function refuseIfThere(target: string, link: string): false {
  const isThere = [...codingSuffixes, ''].some((suffix) => existsSync(`${target}${suffix}`));
  if (isThere) throw new LinkError(link);
  return false;
}

function ignoreMissing(error: unknown): undefined {
  if (systemErrorCode(error) !== 'ENOENT') throw error;
  return undefined;
}
