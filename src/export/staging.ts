import { constants, copyFileSync, linkSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../errors.js';
import { makeFolder, makeFolderBeside } from '../files/folders.js';
import { contentHash, modifiedSecondsOf } from '../store/content-hash.js';
import { type ExportManifest, formatManifest, MANIFEST_FILE, MANIFEST_MODE } from './manifest.js';

/** Readable by the web server whatever the umask. */
const FILE_MODE = 0o644;

/** An export that is being made, in a folder that nobody is served from. */
export class Staging {
  readonly folder: string;
  readonly #made = new Set<string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Writes a new file; resolves to its hash. Beside the event loop: pages are rendered meanwhile. */
  async write(file: string, body: Uint8Array): Promise<string> {
    const hash = contentHash(body);
    await this.#write(file, body, { mode: FILE_MODE, modifiedSeconds: modifiedSecondsOf(hash) });
    return hash;
  }

  /** Takes a file of another place over as it is, without copying it where that can be done. */
  carry(from: string, file: string): void {
    const to = this.#place(file);
    try {
      linkSync(from, to);
    } catch (error) {
      if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes(systemErrorCode(error) ?? '')) throw error;
      copyFileSync(from, to);
    }
  }

  /** Copies a file that belongs to others. */
  copy(from: string, file: string): void {
    copyFileSync(from, this.#place(file), constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }

  /** Makes a symbolic link that leads where another one does. */
  carryLink(from: string, file: string): void {
    symlinkSync(readlinkSync(from), this.#place(file));
  }

  /** What marks the folder as an export: the last that is written. */
  async finish(manifest: ExportManifest): Promise<void> {
    const body = Buffer.from(formatManifest(manifest));
    await this.#write(MANIFEST_FILE, body, { mode: MANIFEST_MODE, modifiedSeconds: Date.now() / 1000 });
  }

  discard(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #write(
    file: string,
    body: Uint8Array,
    { mode, modifiedSeconds }: { readonly mode: number; readonly modifiedSeconds: number },
  ): Promise<void> {
    const handle = await open(await this.#prepare(file), 'wx', mode);
    try {
      await handle.writeFile(body);
      await handle.chmod(mode);
      await handle.utimes(modifiedSeconds, modifiedSeconds);
    } finally {
      await handle.close();
    }
  }

  /** The same as {@link #place}, beside the event loop. */
  async #prepare(file: string): Promise<string> {
    const path = join(this.folder, file);
    const folder = dirname(path);
    if (!this.#made.has(folder)) await makeFolderBeside(folder);
    this.#made.add(folder);
    return path;
  }

  /** Where a file goes; its folder is made. */
  #place(file: string): string {
    const path = join(this.folder, file);
    const folder = dirname(path);
    if (!this.#made.has(folder)) makeFolder(folder);
    this.#made.add(folder);
    return path;
  }
}
