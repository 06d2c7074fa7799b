import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { messageOf, StaticGeneratorError, systemErrorCode } from '../../errors.js';
import { makeFolder, overlap } from '../../files/folders.js';
import { type ExportManifest, MANIFEST_FILE, readManifest } from './manifest.js';
import { Staging } from './staging.js';

/** A folder of the site that an export may not replace, be in, or contain. */
export interface ReservedFolder {
  readonly path: string;
  /** The name for messages: `WEB_ROOT`. */
  readonly name: string;
}

/** A file or link in the folder of an export that no export wrote. */
export interface OtherEntry {
  readonly name: string;
  readonly kind: 'file' | 'link';
}

/**
 * The folder of an export. A new export is made next to it, and takes its place as a whole: with two renames, or with
 * one if the folder is a symbolic link.
 */
export class Destination {
  /** The absolute path, as the caller named it. */
  readonly folder: string;
  /** The manifest of the earlier export. */
  readonly previous: ExportManifest | undefined;
  /** The files and links in it that no export wrote. */
  readonly others: readonly OtherEntry[];
  /** The folder that contains the files: the folder itself, or the target of the link. */
  readonly #place: string;
  readonly #isLink: boolean;

  private constructor(folder: string) {
    this.folder = folder;
    recover(folder);
    this.#isLink = isSymbolicLink(folder);
    this.#place = this.#isLink ? resolve(dirname(folder), readlinkSync(folder)) : folder;
    assertFolder(this.#place);
    this.previous = readManifest(this.#place);
    const own = this.previous?.files;
    this.others = entriesIn(this.#place).filter(
      ({ name }) => own?.has(name) !== true && name !== MANIFEST_FILE,
    );
  }

  /**
   * Opens a folder, and repairs what a killed export has left. Throws `ERR_EXPORT_FOREIGN` if something is in it and no
   * export wrote it, unless it is adopted. Also throws that if it overlaps with a folder that the site has reserved.
   */
  static open(
    folder: string,
    { adopt, reserved }: { readonly adopt: boolean; readonly reserved: readonly ReservedFolder[] },
  ): Destination {
    const named = resolve(folder);
    return reaching(named, () => {
      const met = reserved.find(({ path }) => overlap(named, path));
      if (met !== undefined) throw notApart(named, met);
      const destination = new Destination(named);
      if (destination.previous === undefined && destination.others.length > 0 && !adopt)
        throw foreign(destination);
      return destination;
    });
  }

  /** Returns the path of a file of the earlier export. */
  locate(file: string): string {
    return join(this.#place, file);
  }

  /** Begins a new export, next to the old one. */
  stage(): Staging {
    const staging = join(this.#parent, stagingName(basename(this.folder)));
    reaching(this.folder, () => makeFolder(staging));
    return new Staging(staging);
  }

  /** Puts a new export in the place of the old one. */
  replace({ folder: staged }: Staging): void {
    if (this.#isLink) this.#relink(staged);
    else this.#exchange(staged);
  }

  get #parent(): string {
    return dirname(this.#isLink ? this.#place : this.folder);
  }

  #relink(staged: string): void {
    const place = join(this.#parent, `${basename(this.folder)}-${randomName()}`);
    const link = join(dirname(this.folder), retiredName(basename(this.folder)));
    renameSync(staged, place);
    symlinkSync(place, link);
    renameSync(link, this.folder);
    rmSync(this.#place, { recursive: true, force: true });
  }

  #exchange(staged: string): void {
    const retired = join(this.#parent, retiredName(basename(this.folder)));
    const wasThere = existsSync(this.folder);
    if (wasThere) renameAway(this.folder, retired);
    // Until the next line, there is no folder. If the process dies here, recover() repairs that.
    renameSync(staged, this.folder);
    if (wasThere) rmSync(retired, { recursive: true, force: true });
  }
}

/** Reports errors of the system about a folder that cannot be read or made with its name: `ERR_EXPORT_FAILED`. */
function reaching<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StaticGeneratorError || systemErrorCode(error) === undefined) throw error;
    throw new StaticGeneratorError('ERR_EXPORT_FAILED', `Cannot export to ${folder}: ${messageOf(error)}`, {
      cause: error,
      fields: { path: folder, failures: [] },
    });
  }
}

const randomName = () => randomBytes(6).toString('hex');
/** The name has the ID of the process, so that what a dead process has left is recognized. */
const stagingName = (name: string) => `.${name}.staging-${process.pid}-${randomName()}`;
const retiredName = (name: string) => `.${name}.retired-${randomName()}`;

/** Removes what killed exports have left next to a folder. If the old export was being replaced, it is put back. */
function recover(folder: string): void {
  const [parent, name] = [dirname(folder), basename(folder)];
  const beside = namesIn(parent);
  const startsWith = (kind: string) => beside.filter((one) => one.startsWith(`.${name}.${kind}-`));
  for (const retired of startsWith('retired').sort()) {
    if (existsSync(folder) || isSymbolicLink(join(parent, retired)))
      rmSync(join(parent, retired), { recursive: true, force: true });
    else renameSync(join(parent, retired), folder);
  }
  for (const staging of startsWith('staging')) {
    const pid = Number(staging.slice(`.${name}.staging-`.length).split('-')[0]);
    if (!isAlive(pid)) rmSync(join(parent, staging), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemErrorCode(error) === 'EPERM';
  }
}

function renameAway(folder: string, retired: string): void {
  try {
    renameSync(folder, retired);
  } catch (error) {
    if (!['EBUSY', 'EXDEV'].includes(systemErrorCode(error) ?? '')) throw error;
    throw new StaticGeneratorError(
      'ERR_EXPORT_FAILED',
      `${folder} is a mount point and cannot be replaced as a whole; export to a folder in it, such as ${join(folder, 'site')}`,
      { cause: error, fields: { path: folder, failures: [] } },
    );
  }
}

function assertFolder(place: string): void {
  if (!existsSync(place) || lstatSync(realpathSync(place)).isDirectory()) return;
  throw new StaticGeneratorError('ERR_EXPORT_FOREIGN', `Expected ${place} to be a folder, found a file`, {
    fields: { path: place, found: [] },
  });
}

function notApart(folder: string, { path, name }: ReservedFolder): StaticGeneratorError {
  return new StaticGeneratorError(
    'ERR_EXPORT_FOREIGN',
    `Expected the folder of the export and ${name} ${path} to be separate, got ${folder}. An export replaces its folder as a whole, and ${name} with it: choose another folder`,
    { fields: { path: folder, found: [] } },
  );
}

function foreign({ folder, others }: Destination): StaticGeneratorError {
  const found = others.slice(0, 10).map(({ name }) => name);
  return new StaticGeneratorError(
    'ERR_EXPORT_FOREIGN',
    `${folder} contains ${others.length} files that no export wrote, such as ${found.slice(0, 3).join(', ')}. Choose another folder, or adopt this one: files with the name of a page are then replaced, all others stay`,
    { fields: { path: folder, found } },
  );
}

/** Returns the files and symbolic links below a folder; none if there is no folder. */
function entriesIn(folder: string, below = ''): readonly OtherEntry[] {
  return readFolder(join(folder, below)).flatMap((entry): readonly OtherEntry[] => {
    const name = `${below}${entry.name}`;
    if (entry.isSymbolicLink()) return [{ name, kind: 'link' }];
    if (entry.isDirectory()) return entriesIn(folder, `${name}/`);
    return entry.isFile() ? [{ name, kind: 'file' }] : [];
  });
}

function readFolder(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function namesIn(folder: string): readonly string[] {
  return readFolder(folder).map(({ name }) => name);
}

function isSymbolicLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
