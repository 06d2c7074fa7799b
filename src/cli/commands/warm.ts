import { type Command, InvalidArgumentError } from 'commander';
import { OptionReader } from '../../option-reader.js';
import { explainReason, isReason, isRenderFailure } from '../../page/reasons.js';
import { compileRules } from '../../page/rules.js';
import type { Selector } from '../../page/selector.js';
import type { Dimension } from '../../page/variants/dimension.js';
import { valuesOfVariant } from '../../page/variants/variant.js';
import type { PathSelector } from '../../publish/path-selector.js';
import type { PublishRefusal } from '../../publish/publish.js';
import type { WarmReport } from '../../publish/warm/walk.js';
import { collect } from '../option-values.js';
import { UnhealthyError, UsageError } from '../output/failure.js';
import { formatCount, printable } from '../output/table.js';
import { addRenderingOptions, type RenderingOptions, renderSettingsOf, withRendering } from '../rendering.js';
import type { Session } from '../session.js';

interface WarmCommandOptions extends RenderingOptions {
  readonly sitemap?: string | false;
  readonly depth?: number;
  readonly exclude?: readonly string[];
  readonly missing?: boolean;
  readonly variants?: readonly string[];
}

const EXAMPLES = `
Renders with the app that the configuration names (\`app\`). It starts from the URLs given here or in the option \`warm\`, or
from /. It does not follow links to other sites or to URLs that are not pages. Ctrl-C stops it; --missing continues.
Exits with 1 if a render failed or it was stopped. Pages that were refused for another reason are only reported.

Examples:
  $ staticgenerator warm
  $ staticgenerator warm --missing
  $ staticgenerator warm / /blog --depth 2 --exclude '^/archive/'
  $ staticgenerator warm --variants language=en --variants language=de
  $ staticgenerator warm --sitemap /sitemap.xml --depth 0 --concurrency 8`;

export function addWarm(program: Command, session: Session): void {
  const command = program
    .command('warm')
    .description('Renders and stores the pages of the site. It finds them by links, sitemap and models.')
    .argument('[url...]', 'paths and URLs to start from')
    .option('--sitemap <path>', 'start from the pages of this sitemap too')
    .option('--depth <number>', 'how many links to follow from a start (default: 100)', wholeNumber)
    .option('--exclude <pattern>', 'neither render nor follow paths that match (repeatable)', collect)
    .option('--missing', 'do not render pages that are already stored')
    .option(
      '--variants <dimension=value>',
      'of pages with variants, render only those with this value, or with one of several (repeatable)',
      collect,
    );
  addRenderingOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(
      async (urls: readonly string[], options: WarmCommandOptions) => await warm(session, urls, options),
    );
}

function wholeNumber(value: string): number {
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Expected a whole number, 0 or more.');
}

async function warm(session: Session, urls: readonly string[], options: WarmCommandOptions): Promise<void> {
  const configured = await session.configure();
  const { warm: settings } = configured.config;
  const isWanted = compileWanted(options.variants ?? [], configured.config.dimensions);
  const exclude = compileExclude([...settings.exclude, ...(options.exclude ?? [])]);
  const report = await withRendering(session, configured, {
    label: 'warming',
    work: async ({ withSite, ...rendering }) => {
      const named = [...(urls.length > 0 ? urls : settings.urls), ...(await settings.models())];
      const seeds = seedsOf(await session.selectorsOf(configured.config, named));
      return await withSite(
        async ({ warmer }) =>
          await warmer.warm({
            ...{ seeds, isExcluded: exclude, onlyMissing: options.missing === true, isWanted },
            sitemap: options.sitemap || settings.sitemap,
            depth: options.depth ?? settings.depth,
            concurrency: settings.concurrency,
            ...renderSettingsOf(options),
            ...rendering,
          }),
      );
    },
  });
  await tell(session, report);
}

function seedsOf(selectors: readonly Selector[]): readonly PathSelector[] {
  return selectors.map((selector) => {
    if (selector.kind === 'path') return selector;
    throw new UsageError('Expected paths and URLs to start from, got a glob or a tag');
  });
}

/** Returns a test whether a variant has, in each named dimension, one of the values that were named for it. */
function compileWanted(
  written: readonly string[],
  dimensions: readonly Dimension[],
): (variant: string) => boolean {
  const wanted = new Map<string, string[]>();
  for (const one of written) {
    const [name = '', value = ''] = one.split('=');
    if (dimensions.find((dimension) => dimension.name === name)?.values.includes(value) !== true)
      throw new UsageError(
        `Expected --variants to be a dimension and a value of the option \`variants\`, as in language=de, got ${JSON.stringify(one)}`,
      );
    wanted.set(name, [...(wanted.get(name) ?? []), value]);
  }
  return (variant) =>
    Object.entries(valuesOfVariant(variant)).every(
      ([name, value]) => wanted.get(name)?.includes(value) ?? true,
    );
}

function compileExclude(patterns: readonly (string | RegExp)[]): (path: string) => boolean {
  const read = new OptionReader({ exclude: patterns });
  const rules = compileRules(read.patterns('exclude', []), []);
  read.throwProblems();
  return (path) => rules.explain(path).includedBy !== undefined;
}

async function tell({ output }: Session, report: WarmReport): Promise<void> {
  const { stored, refused, skipped, interrupted } = report;
  const failed = refused.filter(isFailure).length;
  const reasons = countBy(refused, ({ reason, detail = '' }) =>
    reason === 'status' ? `${reason} ${detail}` : reason,
  );
  if (output.json) await output.document({ stored: stored.length, skipped, interrupted, reasons, refused });
  else {
    await output.lines([
      ...refused.map(({ path, reason, detail = '' }) =>
        printable(`${path}  refused, ${reason}${detail && ` (${detail})`}`),
      ),
      output.style(
        'bold',
        `${formatCount(stored.length, 'page')} stored, ${skipped} already stored, ${refused.length} refused`,
      ),
      ...Object.entries(reasons).map(([reason, count]) => `  ${count}  ${reason}${explanation(reason)}`),
    ]);
  }
  if (interrupted) throw new UnhealthyError('Stopped before the end; continue with warm --missing');
  if (failed > 0) throw new UnhealthyError(`${formatCount(failed, 'render')} failed`);
}

function explanation(reason: string): string {
  return isReason(reason) ? `: ${explainReason(reason)}` : '';
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

/** Whether the warming failed for a page. It did not if a linked page does not exist, or is personal. */
function isFailure({ reason, detail = '' }: PublishRefusal): boolean {
  return reason === 'status' ? detail.startsWith('5') : isRenderFailure(reason);
}
