import type { BrowsedPage } from '../../../ledger/ledger.js';
import { decodedPath } from '../../../page/layout.js';
import type { Rules } from '../../../page/rules.js';
import { formatBytes } from '../../views/formats.js';
import type { BrowsedList } from '../browse.js';
import { bareType, isEmpty, type PageFilter, printPosition } from '../filter.js';
import { type Content, type Html, html } from '../html/html.js';
import { type Column, count, pathLink, readable, time } from './parts.js';

/** The list of stored pages, and the request for it. */
export interface StoredList {
  readonly list: BrowsedList;
  readonly filter: PageFilter;
  /** What the form has sent. */
  readonly query: URLSearchParams;
  readonly rules: Pick<Rules, 'included' | 'ruleOf'>;
  readonly types: readonly string[];
  readonly typeOf: (page: BrowsedPage) => string;
  readonly tagsOf: (page: BrowsedPage) => readonly string[];
  /** Whether the list begins with the first page. */
  readonly isFirst: boolean;
}

/** How many tags of a page are shown, at most. */
const SHOWN_TAGS = 4;

export function storedSection(stored: StoredList): Html {
  const { list } = stored;
  return html`<section id="stored" aria-labelledby="stored-heading">
<h2 id="stored-heading">Stored pages</h2>
${filterForm(stored)}
<p role="status">${foundText(stored)}</p>
${list.pages.length > 0 && listForm(stored)}
${moreLinks(stored)}
</section>`;
}

function foundText({ list, filter, isFirst }: StoredList): string {
  const { pages, found } = list;
  if (pages.length === 0) return isEmpty(filter) ? 'No page is stored.' : 'No page matches.';
  if (isEmpty(filter)) return `${count(pages.length)} pages are shown, by path.`;
  const pagesFound = `${count(found)} ${found === 1 ? 'page' : 'pages'}`;
  return isFirst ? `${pagesFound} found.` : `${pagesFound} found from here on.`;
}

const CHOICES: Readonly<Record<'size' | 'age' | 'served', Options>> = {
  size: [
    ['10', '10 KiB or more'],
    ['100', '100 KiB or more'],
    ['1000', '1000 KiB or more'],
  ],
  age: [
    ['new-5m', 'at most 5 minutes'],
    ['new-1h', 'at most an hour'],
    ['new-1d', 'at most a day'],
    ['old-1d', 'a day or more'],
    ['old-7d', 'a week or more'],
  ],
  served: [
    ['nginx', 'nginx'],
    ['node', 'Node'],
  ],
};

type Options = readonly (readonly [value: string, text: string])[];

function filterForm({ query, rules, types }: StoredList): Html {
  const value = (name: string) => query.get(name) ?? '';
  const choice = (name: string, title: string, options: Options) =>
    html`<label>${title} <select name="${name}"><option value="">any</option>${options.map(
      ([one, text]) => html`<option value="${one}"${value(name) === one && html` selected`}>${text}</option>`,
    )}</select></label>\n`;
  const same = (texts: readonly string[]): Options => texts.map((text) => [text, text]);
  const sources = rules.included.map(({ pattern }) => String(pattern));
  return html`<form class="filter" method="get" action="./#stored" role="search" aria-label="Stored pages">
<label>Path contains <input type="search" name="q" value="${value('q')}" autocomplete="off"></label>
<label>Tag <input name="tag" value="${value('tag')}" autocomplete="off"></label>
${choice('rule', 'Rule', same(sources))}
${choice('type', 'Type', same(types))}
${choice('size', 'Size', CHOICES.size)}
${choice('age', 'Age', CHOICES.age)}
${choice('served', 'Served by', CHOICES.served)}
<button>Filter</button> <a href="./#stored">All pages</a>
</form>`;
}

function listForm(stored: StoredList): Html {
  const { list } = stored;
  return html`<form method="get" action="preview" aria-label="Chosen pages"><div class="wide" tabindex="0" role="region" aria-label="Stored pages, a table"><table>
<caption>Stored pages</caption>
<thead><tr>${columnsOf(stored).map(({ title, isNumber }) => html`<th scope="col" class="${isNumber === true && 'number'}">${title}</th>`)}</tr></thead>
<tbody>
${list.pages.map((page) => row(page, stored))}</tbody></table></div>
<p class="actions"><button name="do" value="delete">Delete chosen…</button>
<button name="do" value="regenerate">Regenerate chosen…</button></p>
</form>`;
}

function columnsOf({ typeOf, tagsOf, rules }: StoredList): readonly Column<BrowsedPage>[] {
  return [
    { title: 'Page', cell: (page) => html`${choiceOf(page)} ${pathLink(page)}` },
    { title: 'Size', isNumber: true, cell: ({ bytes }) => formatBytes(bytes) },
    { title: 'Stored', cell: ({ storedAt }) => time(storedAt) },
    { title: 'Served by', cell: ({ servedBy }) => (servedBy === 'nginx' ? 'nginx' : 'Node') },
    { title: 'Type', cell: (page) => bareType(typeOf(page)) },
    {
      title: 'Rule',
      cell: ({ path }) => html`<code>${String(rules.ruleOf(decodedPath(path))?.pattern ?? 'none')}</code>`,
    },
    { title: 'Tags', cell: (page) => tags(tagsOf(page)) },
  ];
}

/** Returns the checkbox of a page; its value is the page as a target. */
function choiceOf({ host, path }: BrowsedPage): Html {
  const target = host === '' ? path : `http://${host}${path}`;
  return html`<input type="checkbox" name="target" value="${target}" aria-label="Choose ${readable(path)}">`;
}

function row(page: BrowsedPage, stored: StoredList): Html {
  return html`<tr>${columnsOf(stored).map(({ cell, isNumber }, index) =>
    index === 0
      ? html`<th scope="row">${cell(page)}</th>`
      : html`<td class="${isNumber === true && 'number'}">${cell(page)}</td>`,
  )}</tr>\n`;
}

function tags(all: readonly string[]): Content {
  const more = all.length - SHOWN_TAGS;
  const links = all
    .slice(0, SHOWN_TAGS)
    .map((tag) => html`<a class="tag" href="?tag=${encodeURIComponent(tag)}#stored">${tag}</a> `);
  return html`${links}${more > 0 && `and ${count(more)} more`}`;
}

function moreLinks({ list: { next }, query, isFirst }: StoredList): Html {
  const to = (from: string | undefined) => {
    const search = new URLSearchParams(query);
    search.delete('from');
    if (from !== undefined) search.set('from', from);
    return `?${search}#stored`;
  };
  return html`<nav class="more" aria-label="Parts of the list">
${!isFirst && html`<a href="${to(undefined)}">First pages</a>`}
${next !== undefined && html`<a rel="next" href="${to(printPosition(next))}">Next pages</a>`}
</nav>`;
}
