import { readdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { StaticGeneratorError } from '../../errors.js';
import { pruneFolders, unlinkIfThere } from '../../files/folders.js';
import { checkMarkedFolder, type MarkedFolder, prepareMarkedFolder } from '../../files/marked-folder.js';
import type { Logger } from '../../log.js';
import type { AssetFinder, Inventory, SourceAsset } from '../finder.js';
import {
  type CollectedAsset,
  type Manifest,
  manifestFile,
  readManifest,
  serializeManifest,
} from '../manifest.js';
import type { ResolvedAssetOptions } from '../options.js';
import { codingSuffixes } from '../serve/source.js';
import { assetTypeOf } from '../serve/types.js';
import { locateStaticRoot, refuseOverlap } from '../static-root.js';
import { type Journal, readJournal, replaceState, writeJournal } from './journal.js';
import { isPlaced, makeRoom, namePlainly, placeAsset } from './place.js';
import { type PlannedAsset, planAssets } from './plan.js';
import { inTurn } from './turn.js';

/** What collecting stands on. */
export interface CollectParts {
  readonly options: ResolvedAssetOptions;
  readonly finder: AssetFinder;
  readonly logger: Logger;
  /** The folder of the pages, if the site has one. */
  readonly webRoot?: string | undefined;
}

export interface CollectOptions {
  /** Only says what would be done. Default: false. */
  readonly dryRun?: boolean;
  /** Removes what earlier collects made and this one did not, at once. Default: false. */
  readonly clean?: boolean;
  /** Removes files that have been out of use for so long. Default: none. */
  readonly pruneAfterMs?: number;
  readonly progress?: { setTotal(total: number): void; advance(by?: number): void };
}

/** What a collect did. */
export interface CollectReport {
  /** Identifies the set. */
  readonly digest: string;
  /** All assets of the set. */
  readonly assets: readonly CollectedAsset[];
  /** The names of those that were made now; the rest was there already. */
  readonly made: readonly string[];
  /** The names whose bytes are others than before, or that are gone. Pages that refer to them show the old ones. */
  readonly changed: readonly string[];
  /** Files that another of the same name hides. */
  readonly hidden: Inventory['hidden'];
  /** What is no asset, and why. */
  readonly skipped: Inventory['skipped'];
  readonly warnings: readonly string[];
  /** Files that were removed. */
  readonly pruned: readonly string[];
}

/** Temporary files older than this belong to no collect: longer than any takes. */
const ABANDONED_AFTER_MS = 6 * 60 * 60 * 1000;

/**
 * Puts all assets into STATIC_ROOT under digested names. The old set is complete until the new one is, which begins with
 * the rename of the manifest; its files stay until they are pruned. Throws `ERR_STATIC_ROOT_OVERLAP`,
 * `ERR_STATIC_ROOT_FOREIGN`, `ERR_STATIC_ROOT_UNUSABLE`, `ERR_ASSET_PACKAGE`, `ERR_ASSET_UNREADABLE` or
 * `ERR_ASSET_REFERENCES` before anything is changed.
 */
export async function collectAssets(
  parts: CollectParts,
  chosen: CollectOptions = {},
): Promise<CollectReport> {
  const { options, finder, logger } = parts;
  const root = locateStaticRoot(options.root);
  refuseOverlap(options.root, [
    ...finder.folders.map(({ path }) => ({ path, what: 'the assets of' })),
    ...(parts.webRoot === undefined ? [] : [{ path: parts.webRoot, what: 'WEB_ROOT' }]),
  ]);
  checkMarkedFolder(root);
  const { assets: sources, hidden, skipped } = withoutCodings(finder.list(), logger);
  const plan = await planAssets(sources, options);
  for (const warning of plan.warnings) logger.warn({}, warning);
  const collect = async () => {
    const before = { manifest: readOldManifest(options.root, logger), journal: readJournal(root) };
    return await new Collection(parts, root, before).collect(plan.assets, chosen);
  };
  const { warnings } = plan;
  if (chosen.dryRun === true) return { ...(await collect()), hidden, skipped, warnings };
  prepareMarkedFolder(root);
  const outcome = await inTurn(root, collect, () =>
    logger.info({ root: root.path }, 'another collect is at work; this one goes on after it'),
  );
  return { ...outcome, hidden, skipped, warnings };
}

interface Before {
  readonly manifest: Manifest | undefined;
  readonly journal: Journal;
}

type Outcome = Omit<CollectReport, 'hidden' | 'skipped' | 'warnings'>;

class Collection {
  readonly #parts: CollectParts;
  readonly #root: MarkedFolder;
  readonly #before: Before;

  constructor(parts: CollectParts, root: MarkedFolder, before: Before) {
    this.#parts = parts;
    this.#root = root;
    this.#before = before;
  }

  async collect(planned: readonly PlannedAsset[], options: CollectOptions): Promise<Outcome> {
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
    const pruned = await this.#prune(options);
    return { digest, assets, made, changed, pruned };
  }

  /** What an earlier collect has made of the same bytes. */
  #keptOf({ logicalPath, digestedPath, hash }: PlannedAsset): readonly (readonly [string, CollectedAsset])[] {
    const old = this.#before.manifest?.assets.get(logicalPath);
    const isKept =
      old !== undefined &&
      old.digestedPath === digestedPath &&
      old.hash === hash &&
      old.contentType === this.#typeOf(logicalPath) &&
      this.#before.journal.maker === this.#maker &&
      isPlaced(old, this.#root);
    return isKept ? [[logicalPath, old]] : [];
  }

  #typeOf(logicalPath: string): string {
    return assetTypeOf(logicalPath, this.#parts.options.serve.types);
  }

  /** Compressors of another release make other bytes. */
  get #maker(): string {
    const { zlib, brotli, zstd = '' } = process.versions;
    return [ownVersion(), zlib, brotli, zstd].join(' ');
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
    // The largest first, or the last core would work on it alone.
    const queue = [...planned].sort((one, other) => one.bytes - other.bytes);
    const work = async () => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        makeRoom(next.digestedPath, this.#root);
        const asset = await placeAsset(next, this.#typeOf(next.logicalPath), this.#root);
        placed.set(asset.logicalPath, asset);
        progress?.advance();
      }
    };
    await Promise.all(Array.from({ length: Math.max(MIN_TASKS, availableParallelism()) }, work));
    return placed;
  }

  /** From the rename of the manifest on, the new set is the one that is served. */
  async #commit(assets: readonly CollectedAsset[], changed: readonly string[]): Promise<string> {
    const { text, digest } = serializeManifest(assets);
    const { journal } = this.#before;
    // The old manifest is the only one that knows its files: whoever goes on after a death has to know them too.
    const made = assets.map(({ digestedPath }) => digestedPath);
    const pending = [...new Set([...journal.pending, ...made, ...this.#oldNames()])];
    await writeJournal(this.#root, { ...journal, pending, changed });
    if (digest !== this.#before.manifest?.digest)
      await replaceState(this.#root, basename(manifestFile(this.#root.path)), text);
    const digested = new Set(assets.map(({ digestedPath }) => digestedPath));
    for (const asset of assets) if (!digested.has(asset.logicalPath)) this.#namePlainly(asset);
    const names = [...digested, ...assets.map(({ logicalPath }) => logicalPath)];
    const retired = this.#retired(new Set(names));
    await writeJournal(this.#root, { maker: this.#maker, retired, pending: [], changed });
    return digest;
  }

  #namePlainly(asset: CollectedAsset): void {
    const stats = statSync(join(this.#root.path, asset.logicalPath), { throwIfNoEntry: false });
    if (!stats?.isDirectory()) namePlainly(asset, this.#root);
    else this.#parts.logger.warn({ name: asset.logicalPath }, NO_PLAIN_NAME);
  }

  /** The files of earlier sets that are in use no more. */
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

  async #prune({ clean = false, pruneAfterMs }: CollectOptions): Promise<readonly string[]> {
    const after = clean ? 0 : pruneAfterMs;
    if (after === undefined) return [];
    const journal = readJournal(this.#root);
    const dueBefore = Date.now() - after;
    const due = Object.entries(journal.retired).filter(([, since]) => since <= dueBefore);
    const pruned = due.map(([path]) => path).filter((path) => this.#remove(path));
    const gone = new Set(due.map(([path]) => path));
    const retired = Object.fromEntries(Object.entries(journal.retired).filter(([path]) => !gone.has(path)));
    await writeJournal(this.#root, { ...journal, retired });
    return pruned;
  }

  #remove(path: string): boolean {
    const file = join(this.#root.path, path);
    // A name of a file in the earlier set, of a folder in this one.
    if (statSync(file, { throwIfNoEntry: false })?.isDirectory()) return false;
    for (const suffix of Object.values(codingSuffixes)) unlinkIfThere(file + suffix);
    const wasThere = unlinkIfThere(file);
    pruneFolders(dirname(file), this.#root.path);
    return wasThere;
  }
}

const NO_PLAIN_NAME =
  'an asset has no plain name, since a folder of an earlier set has it; run collect --clean, then collect';

/** As many as the threads of Node's pool, so that none of them waits while bytes are written. */
const MIN_TASKS = 4;

function ownVersion(): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
  );
  return version;
}

/** Notes that pages were invalidated for the assets that had changed. */
export async function noteInvalidated(path: string, names: readonly string[]): Promise<void> {
  const root = locateStaticRoot(path);
  const done = new Set(names);
  await inTurn(root, async () => {
    const journal = readJournal(root);
    await writeJournal(root, { ...journal, changed: journal.changed.filter((name) => !done.has(name)) });
  });
}

/** The site's own compressed files: collect makes them itself, of the bytes that it collects. */
function withoutCodings(inventory: Inventory, logger: Logger): Inventory {
  const { assets, hidden, skipped, absent } = inventory;
  for (const folder of absent) logger.warn({ folder }, 'a folder of assets is not there');
  for (const { file, by } of hidden) logger.info({ file, by }, 'an asset is hidden by one of the same name');
  const names = new Set(assets.map(({ logicalPath }) => logicalPath));
  const isCoding = ({ logicalPath }: SourceAsset) =>
    Object.values(codingSuffixes).some(
      (suffix) => logicalPath.endsWith(suffix) && names.has(logicalPath.slice(0, -suffix.length)),
    );
  const own = assets.filter(isCoding).map(({ file }) => ({ file, reason: 'collect makes its own codings' }));
  const all = [...skipped, ...own];
  for (const { file, reason } of all) logger.warn({ file, reason }, 'a file is not collected');
  return { assets: assets.filter((asset) => !isCoding(asset)), hidden, skipped: all, absent };
}

/** Collecting is the remedy for a manifest that cannot be read, so it cannot be stopped by one. */
function readOldManifest(root: string, logger: Logger): Manifest | undefined {
  try {
    return readManifest(root);
  } catch (error) {
    if (!(error instanceof StaticGeneratorError)) throw error;
    logger.warn({ err: error }, 'the manifest is made anew');
    return undefined;
  }
}

function sweep({ temporaryFolder }: MarkedFolder): void {
  for (const name of readdirSync(temporaryFolder)) {
    const file = join(temporaryFolder, name);
    const stats = statSync(file, { throwIfNoEntry: false });
    if (stats !== undefined && stats.mtimeMs < Date.now() - ABANDONED_AFTER_MS) unlinkIfThere(file);
  }
}
