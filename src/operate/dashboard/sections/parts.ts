import { urlOf } from '../../../page/layout.js';
import { formatTime } from '../../views/formats.js';
import { type Content, type Html, html } from '../html/html.js';

/** A column of a table. */
export interface Column<Row> {
  readonly title: string;
  readonly isNumber?: boolean;
  readonly cell: (row: Row) => Content;
}

/** Returns a section of the page, with its heading. */
export function section(id: string, title: string, content: Content): Html {
  return html`<section id="${id}" aria-labelledby="${id}-heading" data-live>
<h2 id="${id}-heading">${title}</h2>
${content}
</section>`;
}

/** Returns a table, which can be scrolled with the keyboard on a narrow screen. Its first column names the row. */
export function table<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Html {
  const classOf = ({ isNumber }: Column<Row>) => (isNumber === true ? 'number' : '');
  const head = columns.map((column) => html`<th scope="col" class="${classOf(column)}">${column.title}</th>`);
  const body = rows.map((row) => {
    const cells = columns.map((column, index) =>
      index === 0
        ? html`<th scope="row">${column.cell(row)}</th>`
        : html`<td class="${classOf(column)}">${column.cell(row)}</td>`,
    );
    return html`<tr>${cells}</tr>\n`;
  });
  return html`<div class="wide" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>`;
}

export function time(milliseconds: number): Html {
  return html`<time datetime="${new Date(milliseconds).toISOString()}">${formatTime(milliseconds)}</time>`;
}

/** Returns a readable path, with a link to the page on the site. */
export function pathLink({ host, path }: { readonly host: string; readonly path: string }): Html {
  const origin = host === '' ? '' : `//${host}`;
  return html`<a class="path" href="${origin}${urlOf(path)}" rel="noreferrer">${origin}${readable(path)}</a>`;
}

/** Decodes a path, if it can be decoded. */
export function readable(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}

/** Marks text between backquotes as code. */
export function withCode(text: string): readonly Content[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}

export function count(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}
