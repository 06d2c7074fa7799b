import { StaticGeneratorError } from '../../errors.js';
import { checkMarkedFolder, prepareMarkedFolder } from '../../files/marked-folder.js';
import type { Logger } from '../../log.js';
import { namingOf } from '../build/naming.js';
import type { AssetFinder, Inventory } from '../finder.js';
import { type Manifest, readManifest } from '../manifest.js';
import { locateStaticRoot, refuseOverlap } from '../static-root.js';
import { Collection, type CollectionParts, type CollectOptions, type Outcome } from './collection.js';
import { readJournal, writeJournal } from './journal.js';
import { absentError } from './missing.js';
import { planAssets } from './plan.js';
import { inTurn } from './turn.js';

/** What {@link collectAssets} needs. */
export interface CollectParts extends CollectionParts {
  readonly finder: AssetFinder;
  /** The folder of the pages, if the site has one. */
  readonly webRoot?: string | undefined;
}

/** The result of a collect. */
export interface CollectReport extends Outcome {
  /** Files that another file of the same name hides. */
  readonly hidden: Inventory['hidden'];
  /** Files and folders that cannot be assets, and why. */
  readonly skipped: Inventory['skipped'];
  readonly warnings: readonly string[];
}

/**
 * Puts all assets into STATIC_ROOT under digested names. The old set stays complete until the rename of the manifest
 * makes the new set take its place; the old files stay until they are pruned. Throws `ERR_STATIC_ROOT_OVERLAP`,
 * `ERR_STATIC_ROOT_FOREIGN`, `ERR_STATIC_ROOT_UNUSABLE`, `ERR_ASSET_PACKAGE`, `ERR_ASSET_UNREADABLE`,
 * `ERR_ASSET_MANIFEST` or `ERR_ASSET_REFERENCES` before anything is changed.
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
  const inventory = finder.list();
  if (options.missing === 'error' && inventory.absent.length > 0) throw absentError(inventory.absent);
  const { assets: sources, hidden, skipped } = tellOf(inventory, logger);
  const plan = await planAssets(sources, options, namingOf(finder.folders, sources));
  for (const warning of plan.warnings) logger.warn({}, warning);
  const collect = async () => {
    const before = { manifest: readOldManifest(options.root, logger), journal: readJournal(root) };
    return await new Collection(parts, root, before).collect(plan.assets, chosen);
  };
  const { warnings } = plan;
  if (chosen.dryRun === true) return { ...(await collect()), hidden, skipped, warnings };
  prepareMarkedFolder(root);
  const outcome = await inTurn(root, collect, () =>
    logger.info({ root: root.path }, 'another collect is running; this one waits for it'),
  );
  return { ...outcome, hidden, skipped, warnings };
}

/** Records that pages were invalidated for these assets, so that the assets no longer count as changed. */
export async function noteInvalidated(path: string, names: readonly string[]): Promise<void> {
  const root = locateStaticRoot(path);
  const done = new Set(names);
  await inTurn(root, async () => {
    const journal = readJournal(root);
    await writeJournal(root, { ...journal, changed: journal.changed.filter((name) => !done.has(name)) });
  });
}

function tellOf(inventory: Inventory, logger: Logger): Inventory {
  const { hidden, skipped, absent } = inventory;
  for (const folder of absent) logger.warn({ folder }, 'a folder of assets does not exist');
  for (const { file, by } of hidden)
    logger.info({ file, by }, 'an asset is hidden by another one with the same name');
  for (const { file, reason } of skipped) logger.warn({ file, reason }, 'a file is not collected');
  return inventory;
}

/** Reads the old manifest. One that cannot be read must not stop a collect, because a collect is what repairs it. */
function readOldManifest(root: string, logger: Logger): Manifest | undefined {
  try {
    return readManifest(root);
  } catch (error) {
    if (!(error instanceof StaticGeneratorError)) throw error;
    logger.warn({ err: error }, 'the old manifest cannot be used; a new one is written');
    return undefined;
  }
}
