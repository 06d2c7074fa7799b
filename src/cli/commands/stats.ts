import type { Command } from 'commander';
import type { ResolvedBounds } from '../../change/room/options.js';
import type { LogEntry, PurgeBacklog } from '../../ledger/ledger.js';
import { type Figures, figuresDocument, NO_FIGURES, readFigures } from '../../operate/views/figures.js';
import { explainReason, isReason } from '../../page/reasons.js';
import { describeSelector } from '../../page/selector.js';
import { locateWebRoot } from '../../store/web-root.js';
import { whyNothingIsListed } from '../absence.js';
import type { Finding } from '../doctor/finding.js';
import { checkRefusals } from '../doctor/refusals.js';
import { ownLines } from '../hosts/lines.js';
import type { Output } from '../output/output.js';
import {
  type Column,
  formatBytes,
  formatCount,
  formatTable,
  formatTime,
  printable,
} from '../output/table.js';
import type { Session } from '../session.js';
import { checkEviction, roomLines } from '../stats/room.js';
import { checkRules } from '../stats/rules.js';
import { checkReports, visitsLines } from '../stats/visits.js';

const EXAMPLES = `
With the option countHits, nginx reports the hits that it serves. Without it, the figures cover only what Node has seen.

Examples:
  $ staticgenerator stats
  $ staticgenerator stats --json | jq .counters`;

export function addStats(program: Command, session: Session): void {
  program
    .command('stats')
    .description(
      'Shows how many pages are stored, the results of requests, why pages were refused, and the latest invalidations.',
    )
    .addHelpText('after', EXAMPLES)
    .action(async () => await stats(session));
}

async function stats(session: Session): Promise<void> {
  const configured = await session.configure();
  const { webRoot, cluster, cdn, countHits, bounds } = configured.config;
  const absence = whyNothingIsListed(webRoot);
  if (absence !== undefined) {
    await session.output.notice(`No pages: ${absence}`);
    return await print(session.output, { ...NO_FIGURES, findings: [], oneIn: undefined, bounds });
  }
  const termFolder = cluster && locateWebRoot(webRoot).termFolder;
  await session.withReader(configured, async (reader) => {
    const figures = readFigures(reader, { termFolder, hasCdn: cdn !== undefined });
    const findings = [
      ...checkRefusals(reader),
      ...checkReports(reader, countHits),
      ...checkRules(reader, configured.config),
      ...checkEviction(reader, configured.config),
    ];
    await print(session.output, { ...figures, findings, oneIn: countHits?.oneIn, bounds });
  });
}

/** What the command prints. */
interface Shown extends Figures {
  readonly findings: readonly Finding[];
  /** nginx reports one of this many hits; `undefined` if it reports none. */
  readonly oneIn: number | undefined;
  readonly bounds: ResolvedBounds | undefined;
}

async function print(output: Output, shown: Shown): Promise<void> {
  if (output.json) await output.document(figuresDocument(shown));
  else await output.lines(lines(output, shown));
}

interface Figure {
  readonly name: string;
  readonly count: number;
}

const figureColumns: readonly Column<Figure>[] = [
  { title: 'Requests and renders', text: ({ name }) => name },
  { title: 'Count', align: 'right', text: ({ count }) => String(count) },
  { title: '', mayLose: 'all', text: ({ name }) => meaningOf(name) },
];

const otherMeanings: ReadonlyMap<string, string> = new Map([
  ['nginx: 200', 'pages that nginx sent'],
  ['nginx: 304', 'times that nginx answered 304 Not Modified'],
  ['evicted: max-pages', 'pages deleted to stay within maxPages'],
  ['evicted: max-bytes', 'pages deleted to stay within maxBytes'],
  ['evicted: min-free-bytes', 'pages deleted to keep minFreeBytes free'],
  ['cdn: purged', 'URLs purged at the CDN'],
  ['cdn: purged-all', 'times that everything was purged at the CDN'],
  ['cdn: failed', 'purges that the CDN did not accept'],
]);

/** Returns the explanation of a bypass or a refusal, or the meaning of another figure. */
function meaningOf(name: string): string {
  const reason = name.replace(/^.*: /, '');
  return isReason(reason) ? explainReason(reason) : (otherMeanings.get(name) ?? '');
}

const logColumns: readonly Column<LogEntry>[] = [
  { title: 'Invalidated', text: ({ selector }) => describeSelector(selector) },
  { title: 'When', text: ({ at }) => formatTime(at) },
  { title: '', text: ({ applied }) => (applied ? '' : 'not applied yet') },
];

function* lines(
  output: Output,
  {
    statistics: { pages, bytes, servedByNode, counters, visits, room },
    changes,
    findings,
    host,
    cdn,
    oneIn,
    bounds,
  }: Shown,
): Generator<string> {
  yield `${formatCount(pages, 'page')}, ${formatBytes(bytes)}, ${servedByNode} of them served by Node only`;
  if (host !== undefined) yield* ['', ...ownLines(host)];
  if (cdn !== undefined) yield backlogLine(cdn);
  const title = (text: string) => output.style('bold', text);
  if (room !== undefined) yield* roomLines(room, { bounds, width: output.width, title });
  if (visits !== undefined) yield* ['', ...visitsLines(visits, { oneIn, width: output.width, title })];
  const figures = Object.entries(counters).map(([name, count]) => ({ name: name.replace(':', ': '), count }));
  if (figures.length > 0) yield* section(output, figureColumns, figures);
  for (const { message, remedy } of findings) {
    if (remedy === undefined) continue;
    yield '';
    yield output.style('yellow', printable(message));
    yield `-> ${remedy}`;
  }
  if (changes.length > 0) yield* section(output, logColumns, changes);
}

function backlogLine({ waiting, again, oldestAt }: PurgeBacklog): string {
  const since = oldestAt === undefined ? '' : `, the oldest since ${formatTime(oldestAt)}`;
  return `CDN: ${formatCount(waiting, 'purge')} waiting${since}; ${again} to be retried`;
}

function* section<Row>(
  output: Output,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Generator<string> {
  const [titles = '', ...rest] = formatTable(columns, rows, output.width);
  yield '';
  yield output.style('bold', titles);
  yield* rest;
}
