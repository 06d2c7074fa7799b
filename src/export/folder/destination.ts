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

/** A folder of the site that no export may replace, be in, or hold. */
export interface ReservedFolder {
  readonly path: string;
  /** What it is called: `WEB_ROOT`. */
  readonly name: string;
}

/** What lies in a folder and is no file of an export. */
export interface OtherEntry {
  readonly name: string;
  readonly kind: 'file' | 'link';
}

/**
 * The folder of an export. A new one is made beside it and takes its place as a whole: two renames, or, where the folder is
 * a symbolic link, one.
 */
export class Destination {
  /** As it was named. */
  readonly folder: string;
  /** What an earlier export says of it. */
  readonly previous: ExportManifest | undefined;
  /** What lies there and is of others. */
  readonly others: readonly OtherEntry[];
  /** Where its files are: the folder, or what it is a link to. */
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
   * Looks at a folder, and puts right what a killed export has left. Throws `ERR_EXPORT_FOREIGN` where something is in it
   * and no export has written it, unless it is adopted, and where it is not apart from what the site has reserved.
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

  /** Where a file of the earlier export lies. */
  locate(file: string): string {
    return join(this.#place, file);
  }

  /** Begins a new export, beside the old one. */
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
    // From here to the next line there is no folder: a process that dies now leaves that to recover().
    renameSync(staged, this.folder);
    if (wasThere) rmSync(retired, { recursive: true, force: true });
  }
}

/** What the system says of a place that cannot be looked at or made is told with the folder's name: `ERR_EXPORT_FAILED`. */
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
/** Named by its process, so that what a dead one has left is known. */
const stagingName = (name: string) => `.${name}.staging-${process.pid}-${randomName()}`;
const retiredName = (name: string) => `.${name}.retired-${randomName()}`;

/** What exports that were killed have left beside a folder: the old export comes back if it was just being replaced. */
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

/** Files and symbolic links below a folder; none where there is no folder. */
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
