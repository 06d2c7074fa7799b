import type { NotedDeletion } from '../../../ledger/ledger.js';
import { formatTime } from '../../views/formats.js';
import { type Content, type Html, html } from '../html/html.js';
import type { Snapshot } from '../snapshot.js';
import { count, section, table, time, withCode } from './parts.js';

const CAUSES: Readonly<Record<string, string>> = {
  path: 'a path',
  glob: 'a glob',
  tag: 'a tag',
  all: 'everything',
  several: 'several at once',
  'carried-out': 'another host',
  unfinished: 'finished for a process that died',
  expiry: 'expired',
  'max-pages': 'no room: `maxPages`',
  'max-bytes': 'no room: `maxBytes`',
  'min-free-bytes': 'no room: `minFreeBytes`',
};

/** Shows the last deletions. */
export function deletionsSection({ deletions }: Snapshot): Html {
  return section(
    'deletions',
    'Deletions',
    html`${
      deletions.length === 0
        ? html`<p>No page has been deleted yet.</p>`
        : table(
            'The last deletions',
            [
              { title: 'When', cell: ({ at }) => time(at) },
              { title: 'Pages', isNumber: true, cell: pagesOf },
              { title: 'By', cell: ({ cause }) => withCode(CAUSES[cause] ?? cause) },
              { title: 'Named', cell: ({ named }) => html`<span class="path">${namesOf(named)}</span>` },
            ],
            deletions,
          )
    }`,
  );
}

function pagesOf({ pages, of }: NotedDeletion): Content {
  return of === undefined ? count(pages) : `${count(pages)} of ${count(of)}`;
}

/** Shows a deletion that emptied most of the site, which has to be rendered again. */
export function flood(deletion: NotedDeletion): Html {
  const { cause, named, at } = deletion;
  const what = cause === 'tag' ? `The ${namesOf(named)}` : `${namesOf(named) || CAUSES[cause] || cause}`;
  return html`<p class="alarm"><strong>${what} emptied ${pagesOf(deletion)} pages</strong> at ${formatTime(at)}.</p>`;
}

function namesOf(named: readonly string[]): string {
  const more = named.length > 3 ? ' and more' : '';
  return `${named.slice(0, 3).join(', ')}${more}`;
}
