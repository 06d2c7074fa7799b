import { printable } from '../../operate/views/formats.js';

export {
  formatBytes,
  formatCount,
  formatSpan,
  formatTime,
  printable,
} from '../../operate/views/formats.js';

/** One column: its title and how a row reads in it. */
export interface Column<Row> {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** How much of it may be left out where the line is too long: the end of its cells, or, if need be, all. Default: nothing. */
  readonly mayLose?: 'end' | 'all';
  readonly text: (row: Row) => string;
}

/** A column as it is shown. */
interface Fitted<Row> {
  readonly column: Column<Row>;
  readonly width: number;
}

const GAP = '  ';
/** Less of a cell says nothing. */
const MIN_WIDTH = 12;

/** The rows as lines with aligned columns, the titles first, in so many cells of a terminal, as far as columns may lose some. */
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

/** Columns that may go are cut, the last first, and then go; only then are the others cut. */
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

/** A text in lines that are not longer than so many cells, the further ones indented; a word that is longer is cut. */
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

/** How many cells of a terminal a text takes, near enough: East Asian characters two, combining marks none. */
function widthOf(text: string): number {
  // Nearly all of a long list, and fifty times as fast.
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : Number(!/\p{M}/u.test(character));
  return width;
}
