import type { Command } from 'commander';
import type { ResolvedConfig } from '../../config.js';
import type { StoredPage } from '../../ledger/ledger.js';
import { pageDocument, timestamp } from '../../operate/views/page-document.js';
import {
  compileHost,
  compileSelection,
  type PageTest,
  selectPages,
} from '../../operate/views/selected-pages.js';
import { whyNothingIsListed } from '../absence.js';
import { collect, positiveInteger } from '../option-values.js';
import { UsageError } from '../output/failure.js';
import type { Output } from '../output/output.js';
import { type Column, formatBytes, formatCount, formatTable, formatTime } from '../output/table.js';
import type { Session } from '../session.js';

interface ListOptions {
  readonly tag?: readonly string[];
  readonly host?: string;
  readonly limit?: number;
}

const EXAMPLES = `
In a pipe, each page is one line: path, file, bytes, time and tags, separated by tabs.

Examples:
  $ staticgenerator list '/posts/**' --limit 20
  $ staticgenerator list --tag post:42
  $ staticgenerator list --json | jq 'map(.bytes) | add'`;

export function addList(program: Command, session: Session): void {
  program
    .command('list')
    .description('Lists the stored pages by path: path, file, size, when it was stored, tags.')
    .argument('[glob]', 'only the pages of this path or glob')
    .option('--tag <tag>', 'only pages with this tag; with several, any of them (repeatable)', collect)
    .option('--host <name>', 'only pages of this host, one of `hosts` in the configuration')
    .option('--limit <n>', 'at most n pages', positiveInteger)
    .addHelpText('after', EXAMPLES)
    .action(async (glob: string | undefined, options: ListOptions) => await list(session, glob, options));
}

async function list(session: Session, glob: string | undefined, options: ListOptions): Promise<void> {
  const configured = await session.configure();
  const { config } = configured;
  const passes = await compileFilter(session, config, { ...options, glob });
  const absence = whyNothingIsListed(config.webRoot);
  if (absence !== undefined) {
    await session.output.notice(`No pages: ${absence}`);
    return await printPages(session.output, config, []);
  }
  await session.withReader(configured, async (reader) => {
    await printPages(session.output, config, selectPages(reader.pages(), passes, options.limit));
  });
}

/** Returns a test that a page passes if it matches all three: path, tags, host. */
async function compileFilter(
  session: Session,
  config: ResolvedConfig,
  { glob, tag: tags, host }: ListOptions & { readonly glob: string | undefined },
): Promise<PageTest> {
  const tagged = tags?.map((tag) => ({ tag }));
  const tests = [isOnHost(host, config.hosts)];
  for (const targets of [glob === undefined ? undefined : [glob], tagged]) {
    if (targets !== undefined) tests.push(compileSelection(await session.selectorsOf(config, targets)));
  }
  return (page) => tests.every((passes) => passes(page));
}

function isOnHost(host: string | undefined, hosts: readonly string[]): PageTest {
  if (host === undefined) return () => true;
  const test = compileHost(host, hosts);
  if (test !== undefined) return test;
  const known =
    hosts.length === 0 ? 'the configuration lists no `hosts`' : `one of \`hosts\`: ${hosts.join(', ')}`;
  throw new UsageError(`Expected --host to be a host of this site (${known}), got ${JSON.stringify(host)}`);
}

async function printPages(
  output: Output,
  config: ResolvedConfig,
  pages: Iterable<StoredPage>,
): Promise<void> {
  if (output.json) await output.lines(jsonLines(pages));
  else if (output.isForPeople) await output.lines(tableLines(output, config, [...pages]));
  else await output.lines(plainLines(pages));
}

/** Yields a valid array with one page a line. One string for a million pages would be too long. */
function* jsonLines(pages: Iterable<StoredPage>): Generator<string> {
  yield '[';
  let last: string | undefined;
  for (const page of pages) {
    if (last !== undefined) yield `${last},`;
    last = JSON.stringify(pageDocument(page));
  }
  if (last !== undefined) yield last;
  yield ']';
}

function* plainLines(pages: Iterable<StoredPage>): Generator<string> {
  for (const { path, file, bytes, storedAt, tags } of pages) {
    yield [path, file, bytes, timestamp(storedAt), tags.join(' ')].join('\t');
  }
}

const columns: readonly Column<StoredPage>[] = [
  { title: 'Path', mayLose: 'end', text: ({ path }) => path },
  { title: 'File', mayLose: 'all', text: ({ file }) => file },
  { title: 'Size', align: 'right', text: ({ bytes }) => formatBytes(bytes) },
  { title: 'Stored', text: ({ storedAt }) => formatTime(storedAt) },
  { title: 'Tags', mayLose: 'all', text: ({ tags }) => tags.join(' ') },
];

const hostColumn: Column<StoredPage> = { title: 'Host', text: ({ host }) => host };

function* tableLines(
  output: Output,
  { hosts }: ResolvedConfig,
  pages: readonly StoredPage[],
): Generator<string> {
  if (pages.length > 0) {
    const [titles = '', ...lines] = formatTable(
      hosts.length > 1 ? [hostColumn, ...columns] : columns,
      pages,
      output.width,
    );
    yield output.style('bold', titles);
    yield* lines;
  }
  const bytes = pages.reduce((sum, page) => sum + page.bytes, 0);
  yield output.style('dim', `${formatCount(pages.length, 'page')}, ${formatBytes(bytes)}`);
}
