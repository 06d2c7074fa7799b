import type { HostView } from '../../../cluster/overview/overview.js';
import { formatCount, formatSpan } from '../../views/formats.js';
import { type Content, type Html, html } from '../html/html.js';
import type { FrontState, ShownHosts, Snapshot } from '../snapshot.js';
import { flood } from './deletions.js';
import { count, section, table, time } from './parts.js';

const GENERATE = 'Generate it with `staticgenerator nginx` and reload nginx.';

/** Shows the state of nginx, the CDN and the hosts, and the deletions that emptied the site. */
export function healthSection({ front, hosts, cdn, floods }: Snapshot): Html {
  return section(
    'health',
    'State',
    html`${floods.map(flood)}
${frontLine(front)}
${
  cdn !== undefined &&
  html`<p class="${cdn.waiting > 0 ? 'state warn' : 'state good'}">${
    cdn.waiting === 0
      ? 'The CDN has accepted every purge.'
      : `The CDN has not accepted ${formatCount(cdn.waiting, 'purge')} yet.`
  }</p>`
}
${hosts !== undefined && hostsTable(hosts)}`,
  );
}

function frontLine(front: FrontState): Html {
  if (front.state === 'none')
    return html`<p class="state">No request has come through a generated configuration of nginx yet.</p>`;
  const { at } = front.seen;
  if (front.state === 'current')
    return html`<p class="state good">The configuration of nginx matches these options, as of ${time(at)}.</p>`;
  const [wrong, remedy] = wrongFront(front);
  return html`<p class="state warn"><strong>${wrong}</strong>, as of ${time(at)}. ${remedy}</p>`;
}

function wrongFront(
  front: Exclude<FrontState, { state: 'none' }>,
): readonly [wrong: string, remedy: Content] {
  if (front.state === 'unknown-host')
    return [
      'nginx does not know the host of the last request',
      `Add --server-name when you generate. ${plain(GENERATE)}`,
    ];
  if (front.state === 'lacks-cookies')
    return [`The configuration of nginx lacks the cookies ${front.cookies.join(', ')}`, plain(GENERATE)];
  return [
    'The configuration of nginx was generated with other options, so only Node serves new pages',
    plain(GENERATE),
  ];
}

function plain(text: string): string {
  return text.replaceAll('`', '');
}

function hostsTable({ views, problem }: ShownHosts): Html {
  return html`${problem !== undefined && html`<p class="state warn">The state of the other hosts is unknown: ${problem}</p>`}
${table<HostView>(
  'Hosts of the site',
  [
    { title: 'Host', cell: ({ name, id, isThis }) => `${name ?? id}${isThis ? ' (this one)' : ''}` },
    { title: 'State', cell: ({ state, explanation }) => html`<strong>${state}</strong>: ${explanation}` },
    {
      title: 'Reported',
      isNumber: true,
      cell: ({ silentMilliseconds: silent }) => (silent === null ? 'never' : `${formatSpan(silent)} ago`),
    },
    { title: 'Behind', isNumber: true, cell: ({ behind }) => (behind === null ? 'unknown' : count(behind)) },
  ],
  views,
)}`;
}
