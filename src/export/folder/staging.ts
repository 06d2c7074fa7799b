import { constants, copyFileSync, linkSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemErrorCode } from '../../errors.js';
import { makeFolder } from '../../files/folders.js';
import { TaskThread } from '../../task-thread.js';
import { type ExportManifest, writeManifest } from './manifest.js';
import { type NewFile, writeNewFile } from './new-file.js';

/** The web server can read the files, whatever the umask. */
const FILE_MODE = 0o644;
const MAX_REMEMBERED_FOLDERS = 500;

/** An export that is being made, in a folder that is not served. */
export class Staging {
  readonly folder: string;
  readonly #made = new Set<string>();
  /** If there is no thread, writing takes longer. Nothing else changes. */
  readonly #writer = new TaskThread<NewFile, string>({
    module: new URL('./new-file-thread.js', import.meta.url),
    work: writeNewFile,
    onUnavailable: () => undefined,
    gatherMs: 25,
  });

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Writes a new file, and resolves to its hash. It does not block the event loop, so pages are rendered meanwhile. */
  write(file: string, body: Uint8Array): Promise<string> {
    return this.#writer.run({ path: join(this.folder, file), body, mode: FILE_MODE });
  }

  /** Takes over a file of another place as it is, without copying it if that is possible. */
  carry(from: string, file: string): void {
    const to = this.#place(file);
    try {
      linkSync(from, to);
    } catch (error) {
      if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].includes(systemErrorCode(error) ?? '')) throw error;
      copyFileSync(from, to);
    }
  }

  /** Copies a file that is not part of an export. */
  copy(from: string, file: string): void {
    copyFileSync(from, this.#place(file), constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }

  /** Makes a symbolic link with the target of another one. */
  carryLink(from: string, file: string): void {
    symlinkSync(readlinkSync(from), this.#place(file));
  }

  /** Writes the manifest as the last file. It marks the folder as an export. */
  async finish(manifest: ExportManifest): Promise<void> {
    await this.#writer.close();
    writeManifest(this.folder, manifest);
  }

  async discard(): Promise<void> {
    await this.#writer.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Returns the path of a file, and makes its folder. */
  #place(file: string): string {
    const path = join(this.folder, file);
    const folder = dirname(path);
    if (!this.#made.has(folder)) makeFolder(folder);
    this.#remember(folder);
    return path;
  }

  /** Remembers few folders: most pages have a folder of their own, which is rarely needed again. */
  #remember(folder: string): void {
    if (this.#made.size === MAX_REMEMBERED_FOLDERS) this.#made.clear();
    this.#made.add(folder);
  }
}
