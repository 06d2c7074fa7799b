import type { PageRenders } from '../../../metrics/recent.js';
import { formatSpan } from '../../views/formats.js';
import { type Html, html } from '../html/html.js';
import type { Snapshot } from '../snapshot.js';
import { type Column, count, pathLink, section, table } from './parts.js';

const columns: readonly Column<PageRenders>[] = [
  { title: 'Page', cell: pathLink },
  { title: 'Slowest', isNumber: true, cell: ({ slowest }) => formatSpan(slowest) },
  {
    title: 'Average',
    isNumber: true,
    cell: ({ milliseconds, renders }) => formatSpan(milliseconds / renders),
  },
  { title: 'Renders', isNumber: true, cell: ({ renders }) => count(renders) },
];

/** Shows which pages take most of the app's time. */
export function rendersSection({ slowest, mostRendered }: Snapshot): Html {
  return section(
    'renders',
    'Renders',
    slowest.length === 0
      ? html`<p>No page has been rendered yet.</p>`
      : html`<div class="pair">${table('The slowest pages', columns, slowest)}${table('The pages rendered most often', columns, mostRendered)}</div>`,
  );
}
