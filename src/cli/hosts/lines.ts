import { type HostView, hostsOf, type OwnFacts } from '../../cluster/overview/overview.js';
import { servesPages } from '../../cluster/overview/states.js';
import { messageOf } from '../../errors.js';
import type { Output } from '../output/output.js';
import {
  type Column,
  formatCount,
  formatSpan,
  formatTable,
  formatTime,
  printable,
  wrap,
} from '../output/table.js';
import type { Look } from './look.js';

const columns: readonly Column<HostView>[] = [
  { title: 'Host', text: ({ id, isThis }) => (isThis ? `${id} (this)` : id) },
  { title: 'Machine', text: ({ name }) => name ?? '' },
  { title: 'Reported', align: 'right', text: ({ silentMilliseconds }) => ago(silentMilliseconds) },
  { title: 'Term left', align: 'right', text: termText },
  { title: 'Behind', align: 'right', text: ({ behind }) => (behind === null ? '?' : String(behind)) },
  { title: 'State', text: ({ state }) => state },
];

/** Yields the lines for people. No line is longer than the terminal is wide. */
export function* linesOf(output: Output, look: Look): Generator<string> {
  const { width } = output;
  const fitted = (lines: Iterable<string>) => [...lines].flatMap((line) => wrap(printable(line), width));
  yield* fitted(headLines(look));
  const hosts = hostsOf(look);
  if (hosts.length > 0) yield* ['', ...tableOf(output, hosts)];
  const reasons = hosts.filter(({ state }) => state !== 'serves').map(reasonOf);
  if (reasons.length > 0) yield* ['', ...fitted(reasons)];
  yield* ['', ...fitted(ownLines(look.own))];
}

function tableOf(output: Output, hosts: readonly HostView[]): readonly string[] {
  const [titles = '', ...rows] = formatTable(columns, hosts, output.width);
  const style = (row: string, index: number) =>
    servesPages(hosts[index]?.state ?? 'serves') ? row : output.style('yellow', row);
  return [output.style('bold', titles), ...rows.map(style)];
}

function* headLines({ cluster, survey, isReached, error }: Look): Generator<string> {
  if (!isReached) {
    yield `${cluster.description} cannot be reached: ${messageOf(error)}`;
    yield 'The following is what this host knows. Hosts that cannot reach the bus stop serving pages when their term ends';
    return;
  }
  if (survey === undefined) {
    yield `${cluster.description}: no host has used it yet; start the app`;
    return;
  }
  const { last, epoch, settled, isCurrent } = survey;
  yield `${cluster.description}: ${last} ${last === 1 ? 'entry' : 'entries'}, epoch ${epoch}`;
  if (!isCurrent) yield 'The server was restarted or replaced: the next host that reports begins a new epoch';
  else if (!settled) yield 'The epoch is new: deletions wait until every host has had one term to report';
}

/** Yields what this host knows without the bus. */
export function* ownLines({ standing, names }: OwnFacts): Generator<string> {
  if (standing === undefined) {
    yield 'This host has never run: no process of the app has been started here with `cluster`';
    return;
  }
  const { unsent, unsentSince } = standing;
  yield names.state === 'serves'
    ? `nginx finds pages here until ${formatTime(names.until)}`
    : `nginx finds no pages here${names.state === 'clock' ? ': the clock of this machine was set back' : ''}`;
  const since = unsentSince === undefined ? '' : `, the oldest of ${formatTime(unsentSince)}`;
  yield unsent === 0
    ? 'The other hosts have received all deletions of this one'
    : `The other hosts have not yet received ${formatCount(unsent, 'deletion')} of this one${since}`;
}

function ago(milliseconds: number | null): string {
  return milliseconds === null ? 'never' : `${formatSpan(milliseconds)} ago`;
}

/** Returns a line such as `web-2 (d2e7a10c55f3b890) has no term, …`. */
function reasonOf({ id, name, explanation }: HostView): string {
  return `${name === null ? id : `${name} (${id})`} ${explanation}`;
}

function termText({ termLeftMilliseconds: left }: HostView): string {
  return left > 0 ? formatSpan(left) : 'none';
}
