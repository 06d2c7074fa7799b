import type { FigureReader, Visits } from '../../ledger/ledger.js';
import type { PageHits, RuleVisits } from '../../metrics.js';
import { ratioOf, totalOf } from '../../operate/views/visits.js';
import { type Finding, warning } from '../doctor/finding.js';
import { type Column, formatBytes, formatTable, printable } from '../output/table.js';

/** Visits, in multiples of `oneIn`. If so many come without a single report of a hit, something must be wrong. */
const SUSPICIOUS = 10;

/** Checks that nginx reports hits as it should. */
export function checkReports(
  reader: FigureReader,
  countHits: { readonly port: number; readonly oneIn: number } | undefined,
): readonly Finding[] {
  if (countHits === undefined || reader.nginxSeen().length === 0) return [];
  const { nginx, node, misses } = totalOf(reader.statistics().visits?.rules ?? []);
  if (nginx > 0 || node + misses < SUSPICIOUS * countHits.oneIn) return [];
  const remedy = `generate its configuration again and reload it. If another program on this machine uses the UDP port ${countHits.port}, give the site another one: countHits: { port }`;
  return [warning('hits', 'nginx has reported no hit', remedy)];
}

type RuleRow = Visits['rules'][number];

/** Yields the figures of visits. `oneIn`: nginx now reports one of this many hits. */
export function* visitsLines(
  { rules, pages }: Visits,
  { oneIn, width, title }: { oneIn: number | undefined; width: number; title: (text: string) => string },
): Generator<string> {
  const { nginx, node, misses, bytes } = totalOf(rules);
  const counted = oneIn === undefined || oneIn === 1 ? '' : `, counted by one in ${oneIn}`;
  yield `Hit ratio of pages: ${percent(totalOf(rules))} (nginx ${nginx}, Node ${node}, rendered ${misses})`;
  yield `nginx sent ${formatBytes(bytes)} of pages${counted}`;
  const tables = [formatTable(ruleColumns, rules, width), formatTable(pageColumns, pages, width)];
  for (const [titles = '', ...rows] of tables) {
    if (rows.length > 0) yield* ['', title(titles), ...rows];
  }
}

const ruleColumns: readonly Column<RuleRow>[] = [
  { title: 'Rule', mayLose: 'end', text: ({ rule }) => printable(rule) },
  { title: 'Hit ratio', align: 'right', text: percent },
  { title: 'nginx', align: 'right', text: ({ nginx }) => String(nginx) },
  { title: 'Node', align: 'right', text: ({ node }) => String(node) },
  { title: 'Rendered', align: 'right', text: ({ misses }) => String(misses) },
  { title: 'Sent by nginx', align: 'right', text: ({ bytes }) => formatBytes(bytes) },
];

const pageColumns: readonly Column<PageHits>[] = [
  { title: 'Pages that nginx sent most often', mayLose: 'end', text: ({ host, path }) => `${host}${path}` },
  { title: 'Times', align: 'right', text: ({ hits }) => String(hits) },
];

function percent(visits: RuleVisits): string {
  const ratio = ratioOf(visits);
  // Rounds down, so that only all visits are 100 %.
  return ratio === null ? '' : `${(Math.floor(ratio * 1_000) / 10).toFixed(1)} %`;
}
