import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { type CollectReport, collectAssets, noteInvalidated } from '../../assets/collect/collect.js';
import type { CollectOptions } from '../../assets/collect/collection.js';
import { AssetFinder } from '../../assets/finder.js';
import { assetTag } from '../../assets/url.js';
import type { Selector } from '../../page/selector.js';
import { whyNothingIsStored } from '../absence.js';
import { assetsOf } from '../configured-assets.js';
import { formatBytes, formatCount } from '../output/table.js';
import type { Configured, Session } from '../session.js';

interface Flags {
  readonly dryRun?: boolean;
  readonly clean?: boolean;
  readonly prune?: number;
  readonly invalidate: boolean;
}

const EXAMPLES = `
Files of earlier runs stay, because open pages and processes of the old release still refer to them.
Pages that refer to a changed asset are deleted afterwards, if they were rendered with assetUrl().

Examples:
  $ staticgenerator collect
  $ staticgenerator collect --dry-run
  $ staticgenerator collect --prune 30d`;

export function addCollect(program: Command, session: Session): void {
  program
    .command('collect')
    .description(
      'Copies static files to STATIC_ROOT, also under names with a content hash, and compresses them.',
    )
    .option('--dry-run', 'list what would be written, and change nothing')
    .option('--clean', 'remove files that earlier runs wrote and this one did not')
    .option('--prune <age>', 'remove files that have been unused for this long: 12h, 30d', readAge)
    .option('--no-invalidate', 'do not delete pages that refer to changed assets')
    .addHelpText('after', EXAMPLES)
    .action(async (flags: Flags) => await collect(session, flags));
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function readAge(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (count === undefined || unitMs === undefined)
    throw new InvalidArgumentError('Expected a number and a unit: 90s, 30m, 12h, 30d.');
  return Number(count) * unitMs;
}

async function collect(session: Session, flags: Flags): Promise<void> {
  const configured = await session.configure();
  const { webRoot, logger } = configured.config;
  const options = assetsOf(configured.config);
  const finder = new AssetFinder(options);
  const progress = session.progress('collecting', 'files');
  const { dryRun = false, clean = false, prune } = flags;
  const chosen: CollectOptions = {
    dryRun,
    clean,
    progress,
    ...(prune === undefined ? {} : { pruneAfterMs: prune }),
  };
  try {
    const report = await collectAssets({ options, finder, logger, webRoot }, chosen);
    progress.stop();
    const pages = flags.invalidate && !dryRun ? await invalidate(session, configured, report) : [];
    await tell(session, report, { dryRun, pages, hidden: report.hidden.length });
  } finally {
    progress.stop();
  }
}

/** Deletes the pages with the tag of an asset that changed in this run, or in an earlier run that was interrupted. */
async function invalidate(
  session: Session,
  configured: Configured,
  { changed }: CollectReport,
): Promise<readonly string[]> {
  if (changed.length === 0) return [];
  const selectors = changed.map((name): Selector => ({ kind: 'tag', value: assetTag(name) }));
  const isEmpty = whyNothingIsStored(configured.config.webRoot) !== undefined;
  const deleted = isEmpty
    ? []
    : await session.withSite(
        configured,
        async ({ invalidator }) => (await invalidator.invalidate(selectors)).deleted,
      );
  await noteInvalidated(assetsOf(configured.config).root, changed);
  return deleted;
}

interface Told {
  readonly dryRun: boolean;
  readonly pages: readonly string[];
  readonly hidden: number;
}

async function tell(
  { output }: Session,
  report: CollectReport,
  { dryRun, pages, hidden }: Told,
): Promise<void> {
  const { assets, made, changed, pruned, digest } = report;
  const sizes = sizesOf(report);
  const unchanged = assets.length - (dryRun ? 0 : made.length);
  if (output.json)
    return await output.document({
      ...{ dryRun, digest, made, changed, pruned, pages, sizes, unchanged, hidden: report.hidden },
      ...{ skipped: report.skipped, warnings: report.warnings },
    });
  const lines = [
    ...(dryRun ? made : []),
    `${formatCount(made.length, 'file')} ${dryRun ? 'would be written' : 'written'}, ${unchanged} unchanged`,
    ...(hidden === 0
      ? []
      : [`${formatCount(hidden, 'file')} hidden by others with the same name (see --verbose)`]),
    ...(dryRun || sizes.compressible.plain === 0 ? [] : [describeSizes(sizes)]),
    ...(pruned.length === 0 ? [] : [`${formatCount(pruned.length, 'file')} of earlier runs removed`]),
    ...(pages.length === 0
      ? []
      : [`${formatCount(pages.length, 'page')} deleted because they referred to changed assets`]),
  ];
  await output.lines(lines);
}

interface Sizes {
  readonly bytes: number;
  /** Bytes of the files that have codings: without a coding, and with the smallest one. */
  readonly compressible: { readonly plain: number; readonly smallest: number };
}

function sizesOf({ assets }: CollectReport): Sizes {
  const withCodings = assets.filter(({ codings }) => codings.length > 0);
  return {
    bytes: assets.reduce((sum, { bytes }) => sum + bytes, 0),
    compressible: {
      plain: withCodings.reduce((sum, { bytes }) => sum + bytes, 0),
      smallest: withCodings.reduce((sum, { codings }) => sum + (codings[0]?.bytes ?? 0), 0),
    },
  };
}

function describeSizes({ bytes, compressible: { plain, smallest } }: Sizes): string {
  const saved = Math.round((1 - smallest / plain) * 100);
  return `${formatBytes(bytes)} in total; ${formatBytes(plain)} of text compressed to ${formatBytes(smallest)} (${saved} % less)`;
}
