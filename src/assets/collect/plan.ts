import MagicString from 'magic-string';
import { contentHash } from '../../store/content-hash.js';
import { digestOf, digestPath } from '../digest.js';
import type { SourceAsset } from '../finder.js';
import type { ResolvedAssetOptions } from '../options.js';
import type { NamedBy } from '../serve/immutable.js';
import type { MissingAsset } from './missing.js';
import { orderByNeed } from './order.js';
import { type ReadAsset, readAssets } from './read.js';
import { digestReference } from './rewrite/reference.js';

/** An asset whose bytes and name are decided. */
export interface PlannedAsset {
  readonly source: SourceAsset;
  readonly logicalPath: string;
  readonly digestedPath: string;
  readonly namedBy: NamedBy;
  /** SHA-256 in base64url. */
  readonly hash: string;
  readonly bytes: number;
  /** The bytes with references replaced; `undefined` if they are those of the file. */
  readonly content: Buffer | undefined;
}

/** What would be collected. */
export interface Plan {
  readonly assets: readonly PlannedAsset[];
  /** Problems that do not stop the collect. */
  readonly warnings: readonly string[];
  readonly missing: readonly MissingAsset[];
}

/**
 * Reads all assets, replaces their references in the order of their dependencies, and so decides their names. Throws
 * what {@link readAssets} throws.
 */
export async function planAssets(
  sources: readonly SourceAsset[],
  options: ResolvedAssetOptions,
  namedBy: (source: SourceAsset) => NamedBy,
): Promise<Plan> {
  const { read, ...findings } = await readAssets(sources, options, namedBy);
  const needs = new Map(
    [...read].map(([name, { targets }]) => [name, new Set(targets.map(({ target }) => target))]),
  );
  const planned = new Map<string, PlannedAsset>();
  for (const group of orderByNeed(needs)) {
    const members = group.flatMap((name) => read.get(name) ?? []);
    const isCircle = members.length > 1 || group.some((name) => needs.get(name)?.has(name));
    const plans = isCircle ? planCircle(members, planned) : members.map((one) => planOne(one, planned));
    for (const asset of plans) planned.set(asset.logicalPath, asset);
  }
  const assets = sources.flatMap(({ logicalPath }) => planned.get(logicalPath) ?? []);
  return { assets, ...findings };
}

/** The names that replace references. */
type Names = ReadonlyMap<string, { readonly digestedPath: string }>;

function planOne(read: ReadAsset, names: Names): PlannedAsset {
  const content = rewrite(read, names);
  const hash = content === undefined ? read.hash : contentHash(content);
  return finish(read, content, digestOf(hash));
}

/**
 * Plans files that refer to each other in a circle. They cannot each contain the hash of the other, so they share one:
 * that of all their bytes before the names within the circle are replaced. It changes when any of them changes.
 */
function planCircle(members: readonly ReadAsset[], names: Names): readonly PlannedAsset[] {
  const parts = members.flatMap((read) => [
    `${read.source.logicalPath}\0`,
    contentHash(rewrite(read, names) ?? read.encode(read.text)),
  ]);
  const digest = digestOf(...parts);
  const inCircle = members.map(
    ({ source: { logicalPath } }) =>
      [logicalPath, { digestedPath: digestPath(logicalPath, digest) }] as const,
  );
  const all: Names = new Map([...names, ...inCircle]);
  return members.map((read) => finish(read, rewrite(read, all), digest));
}

/** Keeps the name of a file that its build named by content: imports use it, and another name is another module. */
function finish(read: ReadAsset, content: Buffer | undefined, digest: string): PlannedAsset {
  const { source, namedBy, hash, bytes } = read;
  const { logicalPath } = source;
  return {
    ...{ source, logicalPath, content, namedBy },
    digestedPath: namedBy === 'build' ? logicalPath : digestPath(logicalPath, digest),
    hash: content === undefined ? hash : contentHash(content),
    bytes: content?.length ?? bytes,
  };
}

/** Returns the file with its references replaced where their new names are known; `undefined` if no name is known. */
function rewrite({ text, encode, targets }: ReadAsset, names: Names): Buffer | undefined {
  const known = targets.flatMap((one) => {
    const name = names.get(one.target);
    return name === undefined ? [] : [{ ...one, next: digestReference(one.url, name.digestedPath) }];
  });
  if (known.length === 0) return undefined;
  const edited = new MagicString(text);
  for (const { start, end, write, next } of known) edited.update(start, end, write(next));
  return encode(edited.toString());
}
