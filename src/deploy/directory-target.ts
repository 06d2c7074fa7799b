import { lstatSync, readdirSync } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { StaticGeneratorError, systemErrorCode } from '../errors.js';
import { isInside, makeFolder, pruneFolders, renameInto, unlinkIfThere } from '../files/folders.js';
import { removeTemporary, writeTemporary } from '../files/temporary.js';
import { hashFile, keysIn, OWN_PREFIX, type SourceFile } from './source.js';
import type { DeployedFile, DeployTarget } from './target.js';

/** A folder on this machine, or one that is mounted here. The server of the folder decides about headers. */
export class DirectoryTarget implements DeployTarget {
  readonly name: string;
  readonly keepsTypes = false;
  readonly hasFolders = true;
  readonly #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
    this.name = this.#root;
  }

  async *list(): AsyncGenerator<DeployedFile> {
    if (!(await this.#exists())) return;
    for (const key of await keysIn(this.#root)) {
      const { hash } = await hashFile(join(this.#root, key));
      yield { key, revision: hash };
    }
  }

  async read(key: string): Promise<Buffer | undefined> {
    try {
      return await readFile(this.#locate(key));
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async write({ key, file }: SourceFile, body: Buffer, replaced: readonly string[] = []): Promise<string> {
    const place = this.#locate(key);
    const temporary = await this.#writeTemporary(file, body);
    try {
      // Nothing else in this process runs between these two, so what is replaced is missing for no longer than that.
      for (const one of replaced) this.#unlink(one);
      pruneWithin(place);
      renameInto(temporary, place);
    } catch (error) {
      await removeTemporary(temporary);
      const inTheWay = ['ENOTDIR', 'EEXIST', 'EISDIR', 'ENOTEMPTY'].includes(systemErrorCode(error) ?? '');
      if (!inTheWay) throw error;
      throw new Error(`something that is not a file is in the way of ${place}; remove it`, { cause: error });
    }
    return (await hashFile(place)).hash;
  }

  async verify({ key }: SourceFile, body: Buffer, revision: string): Promise<void> {
    const { hash, bytes } = await hashFile(this.#locate(key));
    if (hash !== revision || bytes !== body.length) throw new Error('its content differs');
  }

  async remove(key: string): Promise<void> {
    this.#unlink(key);
  }

  /** A folder may have taken the place of a file. */
  #unlink(key: string): void {
    const file = this.#locate(key);
    try {
      unlinkIfThere(file);
    } catch (error) {
      const mayBeFolder = ['EISDIR', 'EPERM'].includes(systemErrorCode(error) ?? '');
      if (!mayBeFolder || !lstatSync(file).isDirectory()) throw error;
    }
    pruneFolders(dirname(file), this.#root);
  }

  async close(): Promise<void> {
    await rm(this.#temporaries, { recursive: true, force: true });
  }

  /** The folder of temporary files: in the same file system as the files, and never listed. */
  get #temporaries(): string {
    return join(this.#root, `${OWN_PREFIX}-tmp`);
  }

  async #writeTemporary(file: string, body: Buffer): Promise<string> {
    makeFolder(this.#temporaries);
    const modified = await stat(file).then(
      ({ mtimeMs }) => mtimeMs / 1000,
      () => Date.now() / 1000,
    );
    return await writeTemporary(this.#temporaries, body, modified);
  }

  async #exists(): Promise<boolean> {
    try {
      if ((await stat(this.#root)).isDirectory()) return true;
      throw new StaticGeneratorError(
        'ERR_DEPLOY_FAILED',
        `${this.#root} is a file; name a folder, or one that does not exist yet`,
        { fields: { path: this.#root } },
      );
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  #locate(key: string): string {
    const file = join(this.#root, key);
    if (isInside(this.#root, file) && !key.split('/').includes('..')) return file;
    throw new StaticGeneratorError('ERR_DEPLOY_FAILED', `${key} would be outside of ${this.#root}`);
  }
}

/** Removes empty folders, and folders that contain only empty folders, where a file is to be. */
function pruneWithin(place: string): void {
  if (!isFolder(place)) return;
  for (const name of readdirSync(place)) pruneWithin(join(place, name));
  pruneFolders(place, dirname(place));
}

function isFolder(place: string): boolean {
  try {
    return lstatSync(place).isDirectory();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return false;
    throw error;
  }
}
