import { printable } from '../../operate/views/formats.js';

export {
  formatBytes,
  formatCount,
  formatSpan,
  formatTime,
  printable,
} from '../../operate/views/formats.js';

/** One column: its title, and the text of a row in it. */
export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /**
   * What may be left out if the line is too long: the end of its cells or, if necessary, the whole
   * column. Default: nothing.
   */
  readonly mayLose?: 'end' | 'all';
  readonly text: (row: Row) => string;
}

/** A column with its width in cells. */
interface Fitted<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

const GAP = '  ';
/** A shorter cell would not be useful. */
const MIN_WIDTH = 12;

/**
 * Yields the titles and the rows as aligned lines. They fit into a number of cells, if the columns may be cut enough.
 */
export function* formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  maxWidth = Infinity,
): Generator<string> {
  const natural = columns.map((column) => {
    const { title, text } = column;
    const width = rows.reduce((most, row) => Math.max(most, widthOf(printable(text(row)))), title.length);
    return { column, width };
  });
  const fitted = fitColumns(natural, maxWidth);
  const lineOf = (cellOf: (column: Column<Row>) => string) =>
    fitted
      .map(({ column, width }) => pad(cut(cellOf(column), width), width, column.align))
      .join(GAP)
      .trimEnd();
  yield lineOf(({ title }) => title);
  for (const row of rows) yield lineOf(({ text }) => printable(text(row)));
}

/** Cuts the columns that may be left out, the last one first, then leaves them out. Only then cuts the others. */
function fitColumns<Row>(columns: readonly Fitted<Row>[], maxWidth: number): readonly Fitted<Row>[] {
  let excess = columns.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length) - maxWidth;
  if (excess <= 0) return columns;
  const last = columns.findLast(({ column }) => column.mayLose === 'all');
  const part = last === undefined ? 'end' : 'all';
  const cutColumns = columns
    .toReversed()
    .map(({ column, width }) => {
      const spare = column.mayLose === part ? Math.min(Math.max(width - MIN_WIDTH, 0), excess) : 0;
      excess -= spare;
      return { column, width: width - spare };
    })
    .toReversed();
  if (excess <= 0 || last === undefined) return cutColumns;
  return fitColumns(
    columns.filter(({ column }) => column !== last.column),
    maxWidth,
  );
}

/** Breaks a text into lines of limited width, all but the first indented. Cuts a word that is longer than a line. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line.trim() === '' || widthOf(longer) <= width) {
      line = longer;
      continue;
    }
    lines.push(cut(line, width));
    line = `  ${word}`;
  }
  return [...lines, cut(line, width)];
}

function cut(cell: string, width: number): string {
  if (widthOf(cell) <= width) return cell;
  let kept = '';
  for (const character of cell) {
    if (widthOf(`${kept}${character}`) >= width) break;
    kept += character;
  }
  return `${kept}\u2026`;
}

function pad(cell: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(width - widthOf(cell), 0));
  return align === 'left' ? cell + space : space + cell;
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uFF01-\uFF60]/u;

/** Returns roughly how many cells of a terminal a text takes: East Asian characters two, combining marks none. */
function widthOf(text: string): number {
  // This covers nearly all lines of a long list, and is fifty times as fast.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : Number(!/\p{M}/u.test(character));
  return width;
}
