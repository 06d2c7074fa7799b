import { closeSync, fchmodSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, StaticGeneratorError, systemErrorCode } from '../../errors.js';
import { OWN_PREFIX } from '../files/layout.js';

/** What an export contains, file by file. It marks a folder as an export, and the next export begins with it. */
export interface ExportManifest {
  /** The position of the log of invalidations when the export began. */
  readonly mark: LogMark | undefined;
  /** Identifies everything that all its pages depend on, except their data. */
  readonly fingerprint: string;
  readonly files: ReadonlyMap<string, FileRecord>;
}

/** A position in the log of one ledger, marked by an entry of its own. */
export interface LogMark {
  readonly tag: string;
  /** Identifies the file of the ledger: a copy of it may lack later entries. */
  readonly ledger: string;
}

export type FileKind = 'page' | 'redirect' | 'not-found' | 'sitemap' | 'asset';

/** One file of an export. */
export interface FileRecord {
  readonly kind: FileKind;
  readonly bytes: number;
  /** SHA-256 in base64url. */
  readonly hash: string;
  readonly type: string;
  /** Whether the site says that its bytes never change. */
  readonly isImmutable?: true;
  /** What it was rendered from. Assets and the sitemap are not rendered. */
  readonly render?: RenderRecord;
  /** An earlier export wrote it, and this export has no such page. */
  readonly isLeft?: true;
}

/** How a page was made, and what it depends on. */
export interface RenderRecord {
  readonly path: string;
  readonly variant?: string;
  readonly status: number;
  readonly tags: readonly string[];
  /** The targets of its links, if the export follows links. */
  readonly links?: readonly string[];
  /** When it must be rendered again, in ms since 1970. 0: always, for example because its dependencies are unknown. */
  readonly expiresAt?: number;
  /** Whether the response asks search engines to leave it out. */
  readonly isUnlisted?: true;
}

/** In the folder of the export. Only its owner may read it, because tags are not meant for visitors. */
export const MANIFEST_FILE = `${OWN_PREFIX}-export.json`;
const MANIFEST_MODE = 0o600;
const VERSION = 1;
const ENTRIES_PER_PART = 500;

/** Returns a folder's manifest; `undefined` if no export wrote one. Throws `ERR_EXPORT_FOREIGN` if it is unusable. */
export function readManifest(folder: string): ExportManifest | undefined {
  const file = join(folder, MANIFEST_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
  return parseManifest(text, file);
}

/** Returns the Content-Type of each file of an export; an empty map for a folder that is not an export. */
export function typesOfExport(folder: string): ReadonlyMap<string, string> {
  const files = readManifest(folder)?.files ?? new Map<string, FileRecord>();
  return new Map([...files].map(([file, { type }]) => [file, type]));
}

/** Returns the files of an export whose bytes never change, as the site says when it sends them. */
export function immutableOfExport(folder: string): readonly string[] {
  const files = readManifest(folder)?.files ?? new Map<string, FileRecord>();
  return [...files].filter(([, { isImmutable }]) => isImmutable).map(([file]) => file);
}

/** Writes the manifest in parts, so that the text of a large site's manifest is not in memory as a whole. */
export function writeManifest(folder: string, manifest: ExportManifest): void {
  const descriptor = openSync(join(folder, MANIFEST_FILE), 'wx', MANIFEST_MODE);
  try {
    for (const part of formatManifest(manifest)) writeFileSync(descriptor, part);
    fchmodSync(descriptor, MANIFEST_MODE);
  } finally {
    closeSync(descriptor);
  }
}

function* formatManifest({ mark, fingerprint, files }: ExportManifest): Generator<string> {
  const about = JSON.stringify({ version: VERSION, fingerprint, mark });
  yield `${about.slice(0, -1)},"files":{`;
  const names = [...files.keys()].sort();
  const entry = (name: string) => `${JSON.stringify(name)}:${JSON.stringify(files.get(name))}`;
  for (let first = 0; first < names.length; first += ENTRIES_PER_PART)
    yield `${first === 0 ? '' : ','}${names
      .slice(first, first + ENTRIES_PER_PART)
      .map(entry)
      .join()}`;
  yield '}}\n';
}

function parseManifest(text: string, file: string): ExportManifest {
  const refuse = (why: string) =>
    new StaticGeneratorError(
      'ERR_EXPORT_FOREIGN',
      `The manifest ${file} cannot be used: ${why}. Remove it, and export with adopt`,
      { fields: { path: file } },
    );
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw refuse(messageOf(error));
  }
  if (!isRecord(parsed)) throw refuse('it is not an object');
  if (parsed.version !== VERSION) throw refuse('another release wrote it');
  if (!isRecord(parsed.files)) throw refuse('it names no files');
  const files = Object.entries(parsed.files).filter((entry): entry is [string, FileRecord] =>
    isFile(entry[1]),
  );
  return {
    mark: isMark(parsed.mark) ? parsed.mark : undefined,
    fingerprint: String(parsed.fingerprint),
    files: new Map(files),
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isFile(value: unknown): value is FileRecord {
  return isRecord(value) && typeof value.hash === 'string' && typeof value.type === 'string';
}

function isMark(value: unknown): value is LogMark {
  return isRecord(value) && typeof value.tag === 'string' && typeof value.ledger === 'string';
}
