import { randomInt } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import type { ResolvedConfig } from '../../config.js';
import { compileSelection, type PageTest } from '../../operate/views/selected-pages.js';
import { pathSelectorOf } from '../../publish/path-selector.js';
import type { VerifyReport } from '../../publish/verify/verify.js';
import type { Site } from '../../site.js';
import { whyNothingIsListed } from '../absence.js';
import { collect, positiveInteger } from '../option-values.js';
import { differenceLines } from '../output/difference.js';
import { UnhealthyError, UsageError } from '../output/failure.js';
import type { Output } from '../output/output.js';
import { formatCount, printable } from '../output/table.js';
import { addRenderingOptions, type RenderingOptions, renderSettingsOf, withRendering } from '../rendering.js';
import type { Session } from '../session.js';

interface VerifyCommandOptions extends RenderingOptions {
  readonly tag?: readonly string[];
  readonly sample?: number;
  readonly seed?: string;
  readonly ignore?: readonly RegExp[];
  readonly delete?: boolean;
  readonly publish?: boolean;
}

/** The pages that were deleted or published because they differ. */
interface Repair {
  readonly deleted?: readonly string[];
  readonly published?: readonly string[];
}

const NOTHING: VerifyReport = {
  verified: 0,
  ...{ differences: [], failures: [], changing: [], interrupted: false },
};

const EXAMPLES = `
Renders stored pages again with the app that the configuration names (\`app\`), stores nothing, and reports each page
whose bytes or headers differ, with a diff from the stored to the rendered page. A page that changes meanwhile is ignored.
Exits with 1 if a page differs or could not be rendered, whether or not it was then deleted or published.

Examples:
  $ staticgenerator verify
  $ staticgenerator verify --sample 100 --seed monday
  $ staticgenerator verify '/posts/**' --ignore '<time>[^<]*</time>'
  $ staticgenerator verify --header 'X-Forwarded-Proto: https' --delete`;

export function addVerify(program: Command, session: Session): void {
  const command = program
    .command('verify')
    .description('Compares stored pages with what the app renders now, and stores nothing.')
    .argument('[target...]', 'paths, globs and URLs (default: all stored pages)')
    .option('--tag <tag>', 'the stored pages with this tag (repeatable)', collect)
    .option('--sample <number>', 'compare only this many pages, chosen at random', positiveInteger)
    .option('--seed <text>', 'repeat the sample of an earlier run (default: a new sample)')
    .option('--ignore <pattern>', 'ignore differences in text that match (repeatable)', pattern)
    .option('--delete', 'delete the pages that differ')
    .option('--publish', 'render the pages that differ again, and store them');
  addRenderingOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(
      async (targets: readonly string[], options: VerifyCommandOptions) =>
        await verify(session, targets, options),
    );
}

function pattern(source: string, patterns: readonly RegExp[] = []): readonly RegExp[] {
  try {
    return [...patterns, new RegExp(source, 'gu')];
  } catch (error) {
    throw new InvalidArgumentError(`Expected a regular expression (${String(error)}).`);
  }
}

async function verify(
  session: Session,
  targets: readonly string[],
  options: VerifyCommandOptions,
): Promise<void> {
  checkUsage(options);
  const configured = await session.configure();
  const selects = await compileTargets(session, configured.config, { ...options, targets });
  const absence = whyNothingIsListed(configured.config.webRoot);
  if (absence !== undefined) {
    await session.output.notice(`No pages: ${absence}`);
    return await tell(session.output, NOTHING, { sample: undefined, repair: {} });
  }
  const seed = options.seed ?? String(randomInt(1_000_000));
  const sample = options.sample === undefined ? undefined : { count: options.sample, seed };
  const { report, repair } = await withRendering(session, configured, {
    label: 'verifying',
    work: async ({ withSite, ...rendering }) =>
      await withSite(async (site) => {
        const settings = { ...renderSettingsOf(options), ...rendering };
        const ignored = options.ignore ?? [];
        const verified = await site.verifier.verify({ ...settings, selects, sample, ignored });
        return { report: verified, repair: await repairPages(site, verified, options) };
      }),
  });
  await tell(session.output, report, { sample, repair });
  throwIfUnhealthy(report);
}

function checkUsage({ delete: deletes, publish: publishes, seed, sample }: VerifyCommandOptions): void {
  if (deletes === true && publishes === true)
    throw new UsageError('Expected either --delete or --publish, got both');
  if (seed !== undefined && sample === undefined)
    throw new UsageError('Expected --sample <number> beside --seed, got --seed alone');
}

async function compileTargets(
  session: Session,
  config: ResolvedConfig,
  { targets, tag: tags = [] }: VerifyCommandOptions & { readonly targets: readonly string[] },
): Promise<PageTest> {
  const named = [...targets, ...tags.map((tag) => ({ tag }))];
  return named.length === 0 ? () => true : compileSelection(await session.selectorsOf(config, named));
}

async function repairPages(
  { invalidator, publisher }: Site,
  { differences }: VerifyReport,
  options: VerifyCommandOptions,
): Promise<Repair> {
  const pages = differences.map(pathSelectorOf);
  if (options.delete === true) return { deleted: (await invalidator.invalidate(pages)).deleted };
  if (options.publish !== true) return {};
  const { stored, refused } = await publisher.publish(pages, renderSettingsOf(options));
  // Otherwise, URLs that may no longer be stored would keep their old pages.
  const gone = pages.filter(({ value }) => refused.some(({ path }) => path === value));
  const { deleted } = await invalidator.invalidate(gone);
  return { published: stored.map(({ path }) => path), deleted };
}

async function tell(
  output: Output,
  report: VerifyReport,
  { sample, repair }: { readonly sample: { readonly seed: string } | undefined; readonly repair: Repair },
): Promise<void> {
  if (output.json) return await output.document({ ...report, seed: sample?.seed ?? null, ...repair });
  const { verified, differences, failures, changing } = report;
  const counts = [
    `${formatCount(verified, 'page')} verified`,
    `${differences.length} differ`,
    ...(failures.length > 0 ? [`${failures.length} could not be rendered`] : []),
    ...(changing.length > 0 ? [`${changing.length} kept changing`] : []),
    ...(repair.published === undefined ? [] : [`${repair.published.length} published`]),
    ...(repair.deleted === undefined ? [] : [`${repair.deleted.length} deleted`]),
    ...(sample === undefined ? [] : [`seed ${printable(sample.seed)}`]),
  ];
  await output.lines([
    ...differences.flatMap((one) => differenceLines(output, one)),
    ...failures.map(({ message }) => printable(message)),
    output.style('bold', counts.join(', ')),
  ]);
}

function throwIfUnhealthy({ differences, failures, interrupted }: VerifyReport): void {
  const found = [
    ...(differences.length > 0 ? [`${formatCount(differences.length, 'difference')} found`] : []),
    ...(failures.length > 0 ? [`${formatCount(failures.length, 'page')} could not be rendered`] : []),
    ...(interrupted ? ['stopped before the end'] : []),
  ].join(', ');
  if (found !== '') throw new UnhealthyError(found);
}
