import { closeSync, fchmodSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, StaticGeneratorError, systemErrorCode } from '../../errors.js';
import { OWN_PREFIX } from '../files/layout.js';

/** What an export is made of, file by file: what marks a folder as an export, and what the next one begins with. */
export interface ExportManifest {
  /** Where the log of invalidations stood when it began. */
  readonly mark: LogMark | undefined;
  /** What all its pages depend on, but for their data. */
  readonly fingerprint: string;
  readonly files: ReadonlyMap<string, FileRecord>;
}

/** A place in the log of one ledger, found again by the entry itself. */
export interface LogMark {
  readonly tag: string;
  /** The file of the ledger: a copy of it may know less than it did. */
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
  /** The site says that its bytes never change. */
  readonly isImmutable?: true;
  /** What it was rendered from; assets and the sitemap are not rendered. */
  readonly render?: RenderRecord;
  /** An earlier export wrote it, and this one has no such page any more. */
  readonly isLeft?: true;
}

/** How a page was made, and what it depends on. */
export interface RenderRecord {
  readonly path: string;
  readonly variant?: string;
  readonly status: number;
  readonly tags: readonly string[];
  /** Where its links lead, for an export that follows them. */
  readonly links?: readonly string[];
  /** When it has to be rendered again, in milliseconds since 1970; 0: always, for it is not known what it depends on. */
  readonly expiresAt?: number;
  /** Whether search engines are told to leave it out. */
  readonly isUnlisted?: true;
}

/** In the folder of the export; nobody but its owner reads it, for tags are no business of visitors. */
export const MANIFEST_FILE = `${OWN_PREFIX}-export.json`;
const MANIFEST_MODE = 0o600;
const VERSION = 1;
const ENTRIES_PER_PART = 500;

/** The manifest of a folder; undefined: no export has written it. Throws `ERR_EXPORT_FOREIGN` for one that is none. */
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

/** The Content-Type of each file of an export, by file; of a folder that is none, of none. */
export function typesOfExport(folder: string): ReadonlyMap<string, string> {
  const files = readManifest(folder)?.files ?? new Map<string, FileRecord>();
  return new Map([...files].map(([file, { type }]) => [file, type]));
}

/** The files of an export whose bytes never change, as the site says when it answers them. */
export function immutableOfExport(folder: string): readonly string[] {
  const files = readManifest(folder)?.files ?? new Map<string, FileRecord>();
  return [...files].filter(([, { isImmutable }]) => isImmutable).map(([file]) => file);
}

/** Part by part: the text of a large site's is not held as a whole. */
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
