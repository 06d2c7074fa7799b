import type { Command } from 'commander';
import type { LogEntry, Statistics } from '../../ledger/ledger.js';
import { describeSelector } from '../../page/selector.js';
import { whyNothingIsListed } from '../absence.js';
import type { Output } from '../output/output.js';
import { type Column, formatBytes, formatCount, formatTable, formatTime } from '../output/table.js';
import type { Session } from '../session.js';

/** Invalidations that are shown. */
const LAST = 10;
/** Entries of the log that are looked through for them: warming and exports leave others. */
const LOOKED_AT = 1000;

const EMPTY: Statistics = { pages: 0, bytes: 0, servedByNode: 0, counters: {} };

const EXAMPLES = `
Hits that nginx answers are in its own log; the figures here are what Node has seen.

Examples:
  $ staticgenerator stats
  $ staticgenerator stats --json | jq .counters`;

export function addStats(program: Command, session: Session): void {
  program
    .command('stats')
    .summary('figures: pages, hits, refusals, last invalidations')
    .description(
      'Shows how many pages are stored, what requests came to, why pages were refused, and what was invalidated last.',
    )
    .addHelpText('after', EXAMPLES)
    .action(async () => await stats(session));
}

async function stats(session: Session): Promise<void> {
  const configured = await session.configure();
  const absence = whyNothingIsListed(configured.config.webRoot);
  if (absence !== undefined) {
    await session.output.notice(`No pages: ${absence}`);
    return await print(session.output, EMPTY, []);
  }
  await session.withReader(configured, async (reader) => {
    const changes = reader.log(LOOKED_AT).filter(({ isChange }) => isChange);
    await print(session.output, reader.statistics(), changes.slice(0, LAST));
  });
}

async function print(output: Output, statistics: Statistics, log: readonly LogEntry[]): Promise<void> {
  if (output.json) await output.document({ ...statistics, invalidations: log.map(documentOf) });
  else await output.lines(lines(output, statistics, log));
}

function documentOf({ sequence, selector, applied, at }: LogEntry): object {
  return { sequence, ...selector, applied, at: new Date(at).toISOString() };
}

interface Figure {
  readonly name: string;
  readonly count: number;
}

const figureColumns: readonly Column<Figure>[] = [
  { title: 'Requests and renders', text: ({ name }) => name },
  { title: 'Count', align: 'right', text: ({ count }) => String(count) },
];

const logColumns: readonly Column<LogEntry>[] = [
  { title: 'Invalidated', text: ({ selector }) => describeSelector(selector) },
  { title: 'When', text: ({ at }) => formatTime(at) },
  { title: '', text: ({ applied }) => (applied ? '' : 'not applied yet') },
];

function* lines(
  output: Output,
  { pages, bytes, servedByNode, counters }: Statistics,
  log: readonly LogEntry[],
): Generator<string> {
  yield `${formatCount(pages, 'page')}, ${formatBytes(bytes)}, ${servedByNode} of them served by Node only`;
  const figures = Object.entries(counters).map(([name, count]) => ({ name: name.replace(':', ': '), count }));
  if (figures.length > 0) yield* section(output, figureColumns, figures);
  if (log.length > 0) yield* section(output, logColumns, log);
}

function* section<Row>(
  output: Output,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Generator<string> {
  const [titles = '', ...rest] = formatTable(columns, rows);
  yield '';
  yield output.style('bold', titles);
  yield* rest;
}
