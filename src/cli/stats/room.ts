import type { ResolvedBounds } from '../../change/room/options.js';
import type { EvictedFigure, FigureReader, RoomFigures } from '../../ledger/ledger.js';
import { type Finding, warning } from '../doctor/finding.js';
import {
  type Column,
  formatBytes,
  formatCount,
  formatTable,
  formatTime,
  printable,
} from '../output/table.js';

/** Warns if pages are evicted although the hits that should decide which ones are not counted. */
export function checkEviction(
  reader: FigureReader,
  { bounds, countHits }: { readonly bounds: ResolvedBounds | undefined; readonly countHits: unknown },
): readonly Finding[] {
  const { room } = reader.statistics();
  const isBlind = bounds !== undefined && countHits === undefined && reader.nginxSeen().length > 0;
  if (!isBlind || room === undefined || room.evicted.length === 0) return [];
  const message =
    'the oldest pages are deleted first, however often nginx serves them, because only the hits of Node are counted';
  return [warning('room', message, 'set `countHits: true`, then generate the configuration of nginx again')];
}

/** Yields how much of the disk the pages take, and which pages were evicted. */
export function* roomLines(
  { pages, bytes, evicted }: RoomFigures,
  {
    bounds,
    width,
    title,
  }: { bounds: ResolvedBounds | undefined; width: number; title: (text: string) => string },
): Generator<string> {
  yield `On the disk: ${formatCount(pages, 'page')}, ${formatBytes(bytes)} with compressed forms${boundsText(bounds)}`;
  const [titles = '', ...rows] = formatTable(columns, evicted, width);
  if (rows.length > 0) yield* ['', title(titles), ...rows];
}

function boundsText({ maxPages, maxBytes, minFreeBytes }: Partial<ResolvedBounds> = {}): string {
  const texts = [
    ...(maxPages === undefined ? [] : [`maxPages ${maxPages}`]),
    ...(maxBytes === undefined ? [] : [`maxBytes ${formatBytes(maxBytes)}`]),
    ...(minFreeBytes === undefined ? [] : [`minFreeBytes ${formatBytes(minFreeBytes)}`]),
  ];
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`;
}

const columns: readonly Column<EvictedFigure>[] = [
  {
    title: 'Deleted last, to make room',
    mayLose: 'end',
    text: ({ host, path }) => printable(`${host}${path}`),
  },
  { title: 'Hits', align: 'right', text: ({ hits }) => String(hits) },
  { title: 'Because of', text: ({ cause }) => cause.replace(/-(.)/g, (_, letter) => letter.toUpperCase()) },
  { title: 'When', text: ({ at }) => formatTime(at) },
];
