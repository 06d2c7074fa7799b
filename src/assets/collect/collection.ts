import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { forEachConcurrently } from '../../concurrency.js';
import { StaticGeneratorError, systemErrorCode } from '../../errors.js';
import type { MarkedFolder } from '../../files/marked-folder.js';
import type { Logger } from '../../log.js';
import { type CollectedAsset, type Manifest, manifestFile, serializeManifest } from '../manifest.js';
import type { ResolvedAssetOptions } from '../options.js';
import { modifiedSecondsOf } from '../serve/immutable.js';
import { isCodingName } from '../serve/source.js';
import { assetTypeOf } from '../serve/types.js';
import { type Journal, readJournal, replaceState, writeJournal } from './journal.js';
import { collectMaker } from './maker.js';
import { isPlaced, makeRoom, namePlainly, placeAsset } from './place.js';
import type { PlannedAsset } from './plan.js';
import { pruneRetired, sweep } from './prune.js';

/** The options of one collect. */
export interface CollectOptions {
  /** Reports what a collect would do, and changes nothing. Default: false. */
  readonly dryRun?: boolean;
  /** Removes at once the files that earlier collects made and that are no longer in use. Default: false. */
  readonly clean?: boolean;
  /** Removes files that have been out of use for this many milliseconds. Default: none. */
  readonly pruneAfterMs?: number;
  readonly progress?: { setTotal(total: number): void; advance(by?: number): void };
}

/** The result for the files of a set. */
export interface Outcome {
  /** Identifies the set. */
  readonly digest: string;
  /** All assets of the set. */
  readonly assets: readonly CollectedAsset[];
  /** The names of the assets that were made now; the files of the others were there already. */
  readonly made: readonly string[];
  /** The names of assets whose bytes have changed, or that are gone. Pages that refer to them show the old ones. */
  readonly changed: readonly string[];
  /** The files that were removed. */
  readonly pruned: readonly string[];
}

/** The state that earlier collects have left. */
export interface Before {
  readonly manifest: Manifest | undefined;
  readonly journal: Journal;
}

/** What {@link Collection} needs to place a set. */
export interface CollectionParts {
  readonly options: ResolvedAssetOptions;
  readonly logger: Logger;
}

const NO_PLAIN_NAME =
  'an asset gets no plain name, because a folder of an earlier run has that name; run collect --clean, then collect';

const CHANGED_BUILD =
  'the content of an asset changed, but the content hash that its build put into the name did not, and browsers keep the old content for a year; let the build compute the hash in its last step';

/** As many tasks as Node's pool has threads, so that no thread is idle while bytes are written. */
const MIN_TASKS = 4;

/** Places one set of assets in STATIC_ROOT. */
export class Collection {
  readonly #parts: CollectionParts;
  readonly #root: MarkedFolder;
  readonly #before: Before;
  readonly #maker = collectMaker();

  constructor(parts: CollectionParts, root: MarkedFolder, before: Before) {
    this.#parts = parts;
    this.#root = root;
    this.#before = before;
  }

  async collect(planned: readonly PlannedAsset[], options: CollectOptions): Promise<Outcome> {
    this.#warnOfChangedBuilds(planned);
    const kept = new Map(planned.flatMap((one) => this.#keptOf(one)));
    const fresh = planned.filter(({ logicalPath }) => !kept.has(logicalPath));
    const changed = this.#changed(planned);
    const made = fresh.map(({ logicalPath }) => logicalPath);
    if (options.dryRun === true) return { digest: '', assets: [...kept.values()], made, changed, pruned: [] };
    const placed = await this.#placeAll(fresh, options);
    const assets = planned.flatMap(
      ({ logicalPath }) => placed.get(logicalPath) ?? kept.get(logicalPath) ?? [],
    );
    const digest = await this.#commit(assets, changed);
    const pruneAfterMs = options.clean ? 0 : options.pruneAfterMs;
    const pruned = pruneAfterMs === undefined ? [] : await this.#prune(assets, pruneAfterMs);
    return { digest, assets, made, changed, pruned };
  }

  /** Returns the asset that an earlier collect made from the same bytes, if its files are still there. */
  #keptOf({
    logicalPath,
    digestedPath,
    namedBy,
    hash,
  }: PlannedAsset): readonly (readonly [string, CollectedAsset])[] {
    const old = this.#before.manifest?.assets.get(logicalPath);
    const isKept =
      old !== undefined &&
      old.digestedPath === digestedPath &&
      old.hash === hash &&
      old.modifiedSeconds === modifiedSecondsOf(hash, namedBy) &&
      old.contentType === this.#typeOf(logicalPath) &&
      this.#before.journal.maker === this.#maker &&
      isPlaced(old, this.#root);
    return isKept ? [[logicalPath, old]] : [];
  }

  #warnOfChangedBuilds(planned: readonly PlannedAsset[]): void {
    for (const { logicalPath, namedBy, hash } of planned) {
      const old = this.#before.manifest?.assets.get(logicalPath);
      if (namedBy === 'build' && old?.digestedPath === logicalPath && old.hash !== hash)
        this.#parts.logger.warn({ name: logicalPath }, CHANGED_BUILD);
    }
  }

  #typeOf(logicalPath: string): string {
    return assetTypeOf(logicalPath, this.#parts.options.serve.types);
  }

  #changed(planned: readonly PlannedAsset[]): readonly string[] {
    const now = new Map(planned.map(({ logicalPath, digestedPath }) => [logicalPath, digestedPath]));
    const old = [...(this.#before.manifest?.assets.values() ?? [])];
    const others = old.filter(({ logicalPath, digestedPath }) => now.get(logicalPath) !== digestedPath);
    return [
      ...new Set([...this.#before.journal.changed, ...others.map(({ logicalPath }) => logicalPath)]),
    ].sort();
  }

  async #placeAll(
    planned: readonly PlannedAsset[],
    { progress }: CollectOptions,
  ): Promise<ReadonlyMap<string, CollectedAsset>> {
    sweep(this.#root);
    const pending = [...this.#before.journal.pending, ...planned.map(({ digestedPath }) => digestedPath)];
    await writeJournal(this.#root, { ...this.#before.journal, pending: [...new Set(pending)] });
    progress?.setTotal(planned.length);
    const placed = new Map<string, CollectedAsset>();
    // The largest first. Otherwise, the last core would work on it alone.
    const queue = [...planned].sort((one, other) => other.bytes - one.bytes);
    await forEachConcurrently(queue, Math.max(MIN_TASKS, availableParallelism()), async (next) => {
      const asset = await this.#place(next);
      placed.set(asset.logicalPath, asset);
      progress?.advance();
    });
    return placed;
  }

  async #place(planned: PlannedAsset): Promise<CollectedAsset> {
    try {
      makeRoom(planned.digestedPath, this.#root);
      return await placeAsset(planned, this.#typeOf(planned.logicalPath), this.#root);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENAMETOOLONG') throw error;
      throw tooLong(planned, this.#root, error);
    }
  }

  /** Replaces the manifest. From its rename on, the new set is served. */
  async #commit(assets: readonly CollectedAsset[], changed: readonly string[]): Promise<string> {
    const { text, digest } = serializeManifest(assets);
    const { journal } = this.#before;
    // Only the old manifest lists its files. If this process dies, the collect that follows must know them too.
    const made = assets.map(({ digestedPath }) => digestedPath);
    const pending = [...new Set([...journal.pending, ...made, ...this.#oldNames()])];
    await writeJournal(this.#root, { ...journal, pending, changed });
    if (digest !== this.#before.manifest?.digest)
      await replaceState(this.#root, basename(manifestFile(this.#root.path)), text);
    const retired = this.#retired(namesOf(assets));
    for (const asset of withPlainFile(assets, retired)) this.#namePlainly(asset);
    await writeJournal(this.#root, { maker: this.#maker, retired, pending: [], changed });
    return digest;
  }

  async #prune(assets: readonly CollectedAsset[], afterMs: number): Promise<readonly string[]> {
    const { retired } = readJournal(this.#root);
    // An asset may have no file of its plain name, because a coding of a file that is removed now has that name.
    const files = new Set(assets.map(({ digestedPath }) => digestedPath));
    for (const { logicalPath } of withPlainFile(assets, retired)) files.add(logicalPath);
    const pruned = await pruneRetired(this.#root, afterMs, files);
    // Pruned files may have kept these assets from their plain names.
    for (const asset of withPlainFile(assets, readJournal(this.#root).retired)) this.#namePlainly(asset);
    return pruned;
  }

  #namePlainly(asset: CollectedAsset): void {
    const stats = statSync(join(this.#root.path, asset.logicalPath), { throwIfNoEntry: false });
    if (!stats?.isDirectory()) namePlainly(asset, this.#root);
    else this.#parts.logger.warn({ name: asset.logicalPath }, NO_PLAIN_NAME);
  }

  /** The files of earlier sets that are no longer in use. */
  #retired(inUse: ReadonlySet<string>): Readonly<Record<string, number>> {
    const { journal } = this.#before;
    const now = Date.now();
    const names = [...journal.pending, ...this.#oldNames()];
    const since = names.map((path) => [path, journal.retired[path] ?? now] as const);
    const all = Object.entries({ ...journal.retired, ...Object.fromEntries(since) });
    return Object.fromEntries(all.filter(([path]) => !inUse.has(path)).sort());
  }

  #oldNames(): readonly string[] {
    const old = [...(this.#before.manifest?.assets.values() ?? [])];
    return old.flatMap(({ logicalPath, digestedPath }) => [logicalPath, digestedPath]);
  }
}

function tooLong(
  { logicalPath }: PlannedAsset,
  { path }: MarkedFolder,
  cause: unknown,
): StaticGeneratorError {
  return new StaticGeneratorError(
    'ERR_STATIC_ROOT_UNUSABLE',
    `The name of the asset ${logicalPath} is too long for the file system of STATIC_ROOT ${path}. Shorten the name, add it to \`ignore\`, or move STATIC_ROOT to a shorter path`,
    { cause, fields: { path, name: logicalPath } },
  );
}

/** Returns all names of the files of a set. */
function namesOf(assets: readonly CollectedAsset[]): ReadonlySet<string> {
  return new Set(assets.flatMap(({ logicalPath, digestedPath }) => [logicalPath, digestedPath]));
}

/** Returns the assets that also have a plain file. An asset with the name of a (maybe retired) coding has none. */
function withPlainFile(
  assets: readonly CollectedAsset[],
  retired: Readonly<Record<string, number>>,
): readonly CollectedAsset[] {
  const there = new Set([...namesOf(assets), ...Object.keys(retired)]);
  return assets.filter(
    ({ logicalPath, digestedPath }) => logicalPath !== digestedPath && !isCodingName(logicalPath, there),
  );
}
