import { constants, copyFileSync, linkSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../../errors.js';
import { makeFolder } from '../../files/folders.js';
import { TaskThread } from '../../task-thread.js';
import { type ExportManifest, writeManifest } from './manifest.js';
import { type NewFile, writeNewFile } from './new-file.js';

/** Readable by the web server whatever the umask. */
const FILE_MODE = 0o644;
const MAX_REMEMBERED_FOLDERS = 500;

/** An export that is being made, in a folder that nobody is served from. */
export class Staging {
  readonly folder: string;
  readonly #made = new Set<string>();
  /** Without a thread it takes longer, and that is all. */
  readonly #writer = new TaskThread<NewFile, string>({
    module: new URL('./new-file-thread.js', import.meta.url),
    work: writeNewFile,
    onUnavailable: () => undefined,
    gatherMs: 25,
  });

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Writes a new file; resolves to its hash. Beside the event loop: pages are rendered meanwhile. */
  write(file: string, body: Uint8Array): Promise<string> {
    return this.#writer.run({ path: join(this.folder, file), body, mode: FILE_MODE });
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
    await this.#writer.close();
    writeManifest(this.folder, manifest);
  }

  async discard(): Promise<void> {
    await this.#writer.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Where a file goes; its folder is made. */
  #place(file: string): string {
    const path = join(this.folder, file);
    const folder = dirname(path);
    if (!this.#made.has(folder)) makeFolder(folder);
    this.#remember(folder);
    return path;
  }

  /** Most pages have a folder of their own: there may be as many as pages, and it is seldom asked for again. */
  #remember(folder: string): void {
    if (this.#made.size === MAX_REMEMBERED_FOLDERS) this.#made.clear();
    this.#made.add(folder);
  }
}
