import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { ResolvedTargets } from '../../change/targets/resolver.js';
import type { ResolvedConfig } from '../../config.js';
import { compileSelection, selectPages } from '../../operate/views/selected-pages.js';
import type { Selector } from '../../page/selector.js';
import { whyNothingIsListed, whyNothingIsStored } from '../absence.js';
import { collect } from '../option-values.js';
import { UsageError } from '../output/failure.js';
import { formatCount } from '../output/table.js';
import type { Configured, Session } from '../session.js';

interface DeleteOptions {
  readonly tag?: readonly string[];
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

/** The target that stands for the lines on standard input. */
const STANDARD_INPUT = '-';

const EXAMPLES = `
A path names both forms, with and without the trailing slash. Quote globs, so that the shell does not expand them.
It is not an error if a page is not stored, or if no page can have the path.

Examples:
  $ staticgenerator delete / /posts/hello
  $ staticgenerator delete '/posts/**' --dry-run
  $ staticgenerator delete --tag post:42 --tag author:7
  $ psql -Atc 'select path from changed' | staticgenerator delete -`;

export function addDelete(program: Command, session: Session): void {
  program
    .command('delete')
    .description('Deletes stored pages, and prevents renders that began earlier from being stored.')
    .argument('[target...]', 'paths, globs and URLs; - reads them from standard input, one per line')
    .option('--tag <tag>', 'the pages with this tag (repeatable)', collect)
    .option('--all', 'every page')
    .option('--dry-run', 'list what would be deleted, and delete nothing')
    .addHelpText('after', EXAMPLES)
    .action(
      async (targets: readonly string[], options: DeleteOptions) =>
        await deletePages(session, targets, options),
    );
}

async function deletePages(
  session: Session,
  targets: readonly string[],
  options: DeleteOptions,
): Promise<void> {
  checkUsage(targets, options);
  const configured = await session.configure();
  const { selectors, notPages } = await resolve(session, configured.config, { targets, ...options });
  const { dryRun = false } = options;
  const pages = await (dryRun ? findPages : removePages)(session, configured, selectors);
  await report(session, { dryRun, pages, notPages });
}

function checkUsage(targets: readonly string[], { tag = [], all = false }: DeleteOptions): void {
  const named = targets.length + tag.length > 0;
  if (all && named) throw new UsageError('Expected either --all or what to delete, got both');
  if (!all && !named)
    throw new UsageError('Expected a path, a glob, a URL, --tag <tag> or --all, got nothing to delete');
}

async function resolve(
  session: Session,
  config: ResolvedConfig,
  { targets, tag = [], all = false }: DeleteOptions & { readonly targets: readonly string[] },
): Promise<ResolvedTargets> {
  if (all) return { selectors: [{ kind: 'all' }], notPages: [] };
  const lines = targets.includes(STANDARD_INPUT) ? await readLines() : [];
  const written = [...targets.filter((target) => target !== STANDARD_INPUT), ...lines];
  return await session.resolve(config, [...written, ...tag.map((one) => ({ tag: one }))]);
}

async function readLines(): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: process.stdin }))
    if (line.trim() !== '') lines.push(line.trim());
  return lines;
}

async function removePages(
  session: Session,
  configured: Configured,
  selectors: readonly Selector[],
): Promise<readonly string[]> {
  const { webRoot, cluster, cdn } = configured.config;
  const absence = whyNothingIsStored(webRoot);
  // Other hosts, or a CDN, may have pages that this host does not have.
  if (absence !== undefined && cluster === undefined && cdn === undefined)
    return await nothing(session, absence);
  return await session.withSite(configured, async ({ invalidator, purger }) => {
    const { deleted } = await invalidator.invalidate(selectors);
    await purger?.settle();
    return deleted;
  });
}

async function findPages(
  session: Session,
  configured: Configured,
  selectors: readonly Selector[],
): Promise<readonly string[]> {
  const absence = whyNothingIsListed(configured.config.webRoot);
  if (absence !== undefined) return await nothing(session, absence);
  return await session.withReader(configured, async (reader) =>
    Array.from(selectPages(reader.pages(), compileSelection(selectors)), ({ path }) => path),
  );
}

async function nothing({ output }: Session, absence: string): Promise<readonly string[]> {
  await output.notice(`No pages: ${absence}`);
  return [];
}

interface CommandReport {
  readonly dryRun: boolean;
  readonly pages: readonly string[];
  readonly notPages: readonly string[];
}

async function report(session: Session, { dryRun, pages, notPages }: CommandReport): Promise<void> {
  const { output } = session;
  const count = pages.length;
  await session.noticeNotPages(notPages);
  if (output.json) return await output.document({ dryRun, count, pages, notPages });
  const summary = dryRun
    ? `${formatCount(count, 'page')} would be deleted`
    : `${formatCount(count, 'page')} deleted`;
  await output.lines([...pages, output.style('bold', summary)]);
}
