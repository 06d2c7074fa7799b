import { randomBytes } from 'node:crypto';
import { copyFileSync, linkSync, lstatSync, readFileSync, type Stats, statSync, utimesSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { StaticGeneratorError, systemErrorCode } from '../../errors.js';
import { makeCodings, makeZstd, utmostEffort } from '../../files/compress.js';
import { makeFolder, renameInto, unlinkIfThere } from '../../files/folders.js';
import type { MarkedFolder } from '../../files/marked-folder.js';
import { TEMPORARY_SUFFIX, writeTemporary } from '../../files/temporary.js';
import { contentHash } from '../../store/content-hash.js';
import { MAX_CODED_NAME_BYTES } from '../digest.js';
import type { CollectedAsset } from '../manifest.js';
import { modifiedSecondsOf } from '../serve/immutable.js';
import { type AssetCoding, assetCodings, codingSuffixes } from '../serve/source.js';
import type { PlannedAsset } from './plan.js';

/** Puts an asset into STATIC_ROOT under its digested name, with the codings that are worth keeping. */
export async function placeAsset(
  planned: PlannedAsset,
  contentType: string,
  root: MarkedFolder,
): Promise<CollectedAsset> {
  const { logicalPath, digestedPath, namedBy, hash, source } = planned;
  const content = planned.content ?? readUnchanged(source.file, hash);
  const modifiedSeconds = modifiedSecondsOf(hash, namedBy);
  const compressed = await codingsOf(content, contentType);
  const place = async (bytes: Buffer, suffix: string) => {
    const temporary = await writeTemporary(root.temporaryFolder, bytes, modifiedSeconds);
    renameInto(temporary, join(root.path, digestedPath + suffix));
  };
  if (digestedPath === logicalPath) removeCodings(join(root.path, logicalPath));
  await place(content, '');
  for (const [coding, bytes] of compressed) await place(bytes, codingSuffixes[coding]);
  const codings = compressed.map(([coding, { length: bytes }]) => ({ coding, bytes }));
  return {
    ...{ logicalPath, digestedPath, contentType, hash, modifiedSeconds, codings },
    bytes: content.length,
  };
}

function readUnchanged(file: string, hash: string): Buffer {
  const content = readFileSync(file);
  if (contentHash(content) === hash) return content;
  throw new StaticGeneratorError(
    'ERR_ASSET_UNREADABLE',
    `${file} changed while assets were being collected. Run staticgenerator collect again`,
    { fields: { path: file, files: [file] } },
  );
}

/** Returns the codings, the smallest first. Clients that accept zstd accept brotli too, so size alone decides. */
async function codingsOf(
  content: Buffer,
  contentType: string,
): Promise<readonly (readonly [AssetCoding, Buffer])[]> {
  const [made, zstd] = await Promise.all([
    makeCodings(content, contentType, utmostEffort),
    makeZstd(content, contentType),
  ]);
  // nginx looks for a brotli coding only if there is a gzip coding.
  const all: (readonly [AssetCoding, Buffer])[] = made.has('gzip') ? [...made] : [];
  const lengths = [content, ...made.values()].map(({ length }) => length);
  // An ETag is made from the content and the length: codings of the same length would share one.
  if (zstd !== undefined && !lengths.includes(zstd.length)) all.push(['zstd', zstd]);
  return all.sort(([, one], [, other]) => one.length - other.length);
}

/** Whether the files of an asset of an earlier collect are there as its manifest says, with all its codings. */
export function isPlaced({ digestedPath, bytes, codings }: CollectedAsset, root: MarkedFolder): boolean {
  const sizeOf = (suffix: string) => statIfThere(join(root.path, digestedPath + suffix))?.size;
  return sizeOf('') === bytes && codings.every((one) => sizeOf(codingSuffixes[one.coding]) === one.bytes);
}

/**
 * Gives an asset its plain name too, as another name of the same file. While the file is replaced, no coding of the old
 * bytes is next to the new bytes.
 */
export function namePlainly({ logicalPath, digestedPath }: CollectedAsset, root: MarkedFolder): void {
  const [plain, digested] = [join(root.path, logicalPath), join(root.path, digestedPath)];
  if (!isSame(plain, digested)) {
    removeCodings(plain);
    name(digested, plain, root);
  }
  if (Buffer.byteLength(basename(plain)) > MAX_CODED_NAME_BYTES) return;
  for (const coding of assetCodings) {
    const suffix = codingSuffixes[coding];
    if (statIfThere(digested + suffix) === undefined) unlinkIfThere(plain + suffix);
    else if (!isSame(plain + suffix, digested + suffix)) name(digested + suffix, plain + suffix, root);
  }
}

/** Removes the codings of the old bytes, before the new bytes take their name. */
function removeCodings(plain: string): void {
  if (Buffer.byteLength(basename(plain)) > MAX_CODED_NAME_BYTES) return;
  for (const coding of assetCodings) unlinkIfThere(plain + codingSuffixes[coding]);
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [statIfThere(one), statIfThere(other)];
  if (first === undefined || second === undefined) return false;
  if (first.ino === second.ino && first.dev === second.dev) return true;
  // It may be a copy, if the file system has no hard links. The mtime of both is made from the hash.
  return first.size === second.size && Math.floor(first.mtimeMs / 1000) === Math.floor(second.mtimeMs / 1000);
}

/** Error codes of file systems without hard links, and of a file that has as many as it may have. */
const NO_LINKS: readonly string[] = ['EPERM', 'EXDEV', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

function name(from: string, to: string, root: MarkedFolder): void {
  const temporary = join(root.temporaryFolder, `${randomBytes(16).toString('hex')}${TEMPORARY_SUFFIX}`);
  try {
    linkSync(from, temporary);
  } catch (error) {
    if (!NO_LINKS.includes(systemErrorCode(error) ?? '')) throw error;
    const { mtimeMs } = statSync(from);
    copyFileSync(from, temporary);
    utimesSync(temporary, mtimeMs / 1000, mtimeMs / 1000);
  }
  renameInto(temporary, to);
}

/** Makes folders, also where an earlier set has a file: `a` became `a/b`. */
export function makeRoom(digestedPath: string, root: MarkedFolder): void {
  const parents: string[] = [];
  for (let folder = dirname(digestedPath); folder !== '.'; folder = dirname(folder)) parents.unshift(folder);
  for (const parent of parents) {
    const path = join(root.path, parent);
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && !stats.isDirectory()) unlinkIfThere(path);
  }
  makeFolder(dirname(join(root.path, digestedPath)));
}

function statIfThere(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
