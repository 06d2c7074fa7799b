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

/** The smallest first. zstd is for its size only: where brotli is smaller, every client that has one has both. */
async function codingsOf(
  content: Buffer,
  contentType: string,
): Promise<readonly (readonly [AssetCoding, Buffer])[]> {
  const [made, zstd] = await Promise.all([
    makeCodings(content, contentType, utmostEffort),
    makeZstd(content, contentType),
  ]);
  // nginx looks for a brotli coding only where there is one of gzip.
  const all: (readonly [AssetCoding, Buffer])[] = made.has('gzip') ? [...made] : [];
  const lengths = [content, ...made.values()].map(({ length }) => length);
  // An ETag is of the content and of the length: codings that are equally long would share one.
  if (zstd !== undefined && !lengths.includes(zstd.length)) all.push(['zstd', zstd]);
  return all.sort(([, one], [, other]) => one.length - other.length);
}

/** Whether an asset of an earlier collect is there as its manifest says, with all its codings. */
export function isPlaced({ digestedPath, bytes, codings }: CollectedAsset, root: MarkedFolder): boolean {
  const sizeOf = (suffix: string) => statIfThere(join(root.path, digestedPath + suffix))?.size;
  return sizeOf('') === bytes && codings.every((one) => sizeOf(codingSuffixes[one.coding]) === one.bytes);
}

/**
 * Gives an asset its plain name too, as another name of the same file. While it changes, no coding of the old bytes
 * stands beside the new ones.
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

/** Those of other bytes, before these take their name. */
function removeCodings(plain: string): void {
  if (Buffer.byteLength(basename(plain)) > MAX_CODED_NAME_BYTES) return;
  for (const coding of assetCodings) unlinkIfThere(plain + codingSuffixes[coding]);
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [statIfThere(one), statIfThere(other)];
  if (first === undefined || second === undefined) return false;
  if (first.ino === second.ino && first.dev === second.dev) return true;
  // A copy, where the file system has no links: the time is made from the hash.
  return first.size === second.size && Math.floor(first.mtimeMs / 1000) === Math.floor(second.mtimeMs / 1000);
}

/** File systems without hard links, or a file that has as many as there may be. */
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

/** Makes room for folders where an earlier set has a file: `a` became `a/b`. */
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
