import type { Minute } from '../../../ledger/ledger.js';
import { formatBytes, formatSpan, formatTime } from '../../views/formats.js';
import { visitsDocument } from '../../views/visits.js';
import { chart } from '../html/chart.js';
import { type Content, type Html, html } from '../html/html.js';
import type { Snapshot } from '../snapshot.js';
import { count, section, table } from './parts.js';

/** How far back the charts reach. */
export type Period = 'hour' | 'day';

/** What happened in one interval of a chart, from the time `at` on. */
type Bucket = Omit<Minute, 'minute'> & { readonly at: number };

const PERIODS = {
  hour: { points: 60, minutes: 1, words: 'last hour' },
  day: { points: 96, minutes: 15, words: 'last 24 hours' },
} as const;
const MINUTE_MS = 60_000;

export function isPeriod(text: string | null): text is Period {
  return text === 'hour' || text === 'day';
}

/** Shows hit ratio and renders, now and over time. */
export function figuresSection(snapshot: Snapshot, period: Period): Html {
  const buckets = bucketsOf(snapshot, period);
  const { words } = PERIODS[period];
  return section(
    'figures',
    'Figures',
    html`<p class="periods">Charts of the ${words}. ${periodLinks(period)}</p>
${tiles(snapshot, buckets, words)}
${countingAdvice(snapshot)}
<div class="charts">
${charts(buckets)}
</div>
${byRule(snapshot)}`,
  );
}

function periodLinks(period: Period): Content {
  const other = period === 'hour' ? 'day' : 'hour';
  return html`<a href="?period=${other}#figures">Show the ${PERIODS[other].words}</a>`;
}

function countingAdvice({ countsHits }: Snapshot): Content {
  return (
    !countsHits &&
    html`<p class="note">Hits of nginx are not counted, so the ratio covers only requests that reached Node. To count them, set <code>countHits: true</code> and generate the configuration of nginx again.</p>`
  );
}

function tiles({ statistics }: Snapshot, buckets: readonly Bucket[], words: string): Html {
  const sum = (of: (bucket: Bucket) => number) => buckets.reduce((all, one) => all + of(one), 0);
  const renders = sum((one) => one.renders);
  const mean = renders === 0 ? '–' : formatSpan(sum((one) => one.milliseconds) / renders);
  const [hits, misses] = [sum((one) => one.nginx + one.node), sum((one) => one.misses)];
  const ratio = hits + misses === 0 ? '–' : percent(hits / (hits + misses));
  const shown: readonly (readonly [title: string, value: Content, more: string])[] = [
    [
      'Hit ratio',
      ratio,
      `${count(hits)} ${hits === 1 ? 'hit' : 'hits'}, ${count(misses)} ${misses === 1 ? 'miss' : 'misses'}`,
    ],
    ['Renders', count(renders), `${mean} on average`],
    ['Pages stored', count(statistics.pages), formatBytes(statistics.bytes)],
    ['Served by Node only', count(statistics.servedByNode), 'nginx serves the others'],
    ['Deleted', count(sum((one) => one.deleted)), words],
    ['Not stored', count(sum((one) => one.refused)), words],
  ];
  return html`<dl class="tiles">${shown.map(
    ([title, value, more]) =>
      html`<div><dt>${title}</dt><dd><strong>${value}</strong> <span>${more}</span></dd></div>\n`,
  )}</dl>`;
}

function charts(buckets: readonly Bucket[]): readonly Html[] {
  const times = buckets.map(({ at }) => formatTime(at).slice(11, 16));
  const values = (of: (bucket: Bucket) => number | undefined) => buckets.map(of);
  return [
    chart({
      ...{ id: 'ratio', title: 'Hit ratio', times, top: 1, format: percent },
      series: [{ name: 'Hit ratio', kind: 'ratio', values: values(ratioOf) }],
    }),
    chart({
      ...{ id: 'answers', title: 'Requests for pages', times, format: countOf },
      series: [
        { name: 'Hits of nginx', kind: 'nginx', values: values((one) => one.nginx) },
        { name: 'Hits of Node', kind: 'node', values: values((one) => one.node) },
        { name: 'Misses', kind: 'misses', values: values((one) => one.misses) },
      ],
    }),
    chart({
      ...{ id: 'rendered', title: 'Renders', times, format: countOf },
      series: [{ name: 'Renders', kind: 'renders', values: values((one) => one.renders) }],
    }),
    chart({
      ...{ id: 'render-time', title: 'Average time of a render', times, format: formatSpan },
      series: [
        {
          ...{ name: 'Time', kind: 'renders' },
          values: values((one) => (one.renders === 0 ? undefined : one.milliseconds / one.renders)),
        },
      ],
    }),
  ];
}

function ratioOf({ nginx, node, misses }: Bucket): number | undefined {
  const all = nginx + node + misses;
  return all === 0 ? undefined : (nginx + node) / all;
}

function byRule({ statistics: { visits } }: Snapshot): Content {
  if (visits === undefined) return undefined;
  const { rules } = visitsDocument(visits);
  return table(
    'Visits by rule, since hits have been counted',
    [
      { title: 'Rule', cell: ({ rule }) => html`<code>${rule}</code>` },
      {
        title: 'Hit ratio',
        isNumber: true,
        cell: ({ hitRatio }) => (hitRatio === null ? '–' : percent(hitRatio)),
      },
      { title: 'nginx', isNumber: true, cell: ({ nginx }) => count(nginx) },
      { title: 'Node', isNumber: true, cell: ({ node }) => count(node) },
      { title: 'Misses', isNumber: true, cell: ({ misses }) => count(misses) },
      { title: 'Sent by nginx', isNumber: true, cell: ({ bytes }) => formatBytes(bytes) },
    ],
    rules,
  );
}

/** Returns one bucket for each point in time, with zeros where nothing happened. The last one is not complete yet. */
function bucketsOf({ minutes, at }: Snapshot, period: Period): readonly Bucket[] {
  const { points, minutes: width } = PERIODS[period];
  const last = Math.floor(at / MINUTE_MS / width);
  const buckets = Array.from({ length: points }, (_, index) => ({
    ...NOTHING,
    at: (last - points + 1 + index) * width * MINUTE_MS,
  }));
  for (const minute of minutes) {
    const bucket = buckets[Math.floor(minute.minute / width) - last + points - 1];
    if (bucket !== undefined) for (const name of NAMES) bucket[name] += minute[name];
  }
  return buckets;
}

const NOTHING = {
  ...{ nginx: 0, node: 0, misses: 0, renders: 0, milliseconds: 0 },
  ...{ stored: 0, refused: 0, deleted: 0 },
};
const NAMES = ['nginx', 'node', 'misses', 'renders', 'milliseconds', 'stored', 'refused', 'deleted'] as const;

function percent(value: number): string {
  // Rounds down, so that 99.96 % is not shown as 100 %.
  return `${(Math.floor(value * 1_000) / 10).toFixed(value === 0 || value === 1 ? 0 : 1)} %`;
}

function countOf(value: number): string {
  return Number.isInteger(value) ? count(value) : value.toFixed(1);
}
