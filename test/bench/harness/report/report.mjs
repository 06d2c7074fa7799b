// Writes tables and plots for the documentation.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { spreadOf } from './medians.mjs';

/** The folder of the reports. It ends with a slash. */
export const REPORTS_FOLDER = fileURLToPath(new URL('../../../../docs/performance/', import.meta.url));
const BAR = { height: 18, gap: 8, left: 300, width: 380, right: 70, top: 34 };

/** Collects the results of one suite. Writes them to docs/performance/<name>.md and, for each plot, an SVG. */
export class Report {
  #parts = [];
  #goals = [];

  constructor(name, title) {
    this.name = name;
    this.#parts.push(`# ${title}\n`, `${conditions()}\n`);
  }

  say(text) {
    this.#parts.push(`${text}\n`);
  }

  table(heading, columns, rows) {
    const line = (cells) => `| ${cells.join(' | ')} |`;
    const ruler = columns.map((_column, index) => (index === 0 ? '---' : '---:'));
    const lines = [line(columns), line(ruler), ...rows.map(line)];
    this.#parts.push(`## ${heading}\n`, `${lines.join('\n')}\n`);
    console.log(`\n${heading}\n\n${lines.join('\n')}`);
  }

  /** Draws bars of ratios to a reference, which is 1. */
  plot(title, bars) {
    const file = `${this.name}-${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.svg`;
    mkdirSync(REPORTS_FOLDER, { recursive: true });
    writeFileSync(`${REPORTS_FOLDER}${file}`, drawBars(title, bars));
    this.#parts.push(`![${title}](${file})\n`);
  }

  /** Adds a goal: the measured figure, and the least or the most that it should be. */
  goal(name, value, { least, most }) {
    const isMet = least === undefined ? value <= most : value >= least;
    const wanted = least === undefined ? `${most} at the most` : `${least} at the least`;
    const measured = value === Number.POSITIVE_INFINITY ? 'never' : two(value);
    this.#goals.push([name, wanted, measured, isMet ? 'yes' : 'no']);
  }

  write() {
    if (this.#goals.length > 0) this.table('Goals', ['', 'wanted', 'measured', 'reached'], this.#goals);
    mkdirSync(REPORTS_FOLDER, { recursive: true });
    writeFileSync(`${REPORTS_FOLDER}${this.name}.md`, this.#parts.join('\n'));
  }
}

function conditions() {
  const [{ model }] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  return `Measured on ${date} with Node ${process.versions.node}, ${cpus().length} cores (${model.trim()}). Compare the ratios, not the absolute figures: every row was measured in turns with its reference, in the same run. CPU is the time of the server's processes in user and kernel mode. A spread is the lowest and the highest round.`;
}

function drawBars(title, bars) {
  const height = BAR.top + bars.length * (BAR.height + BAR.gap) + BAR.gap;
  const width = BAR.left + BAR.width + BAR.right;
  const longest = Math.max(...bars.map(({ value }) => value));
  const drawn = bars.map(({ name, value, isOwn = false }, index) => {
    const y = BAR.top + index * (BAR.height + BAR.gap);
    const length = Math.max(1, (value / longest) * BAR.width);
    const middle = y + BAR.height / 2 + 4;
    return [
      `<text x="${BAR.left - 10}" y="${middle}" text-anchor="end">${escapeText(name)}</text>`,
      `<rect x="${BAR.left}" y="${y}" width="${length.toFixed(1)}" height="${BAR.height}" class="${isOwn ? 'own' : 'other'}"/>`,
      `<text x="${(BAR.left + length + 8).toFixed(1)}" y="${middle}">${value.toFixed(2)}</text>`,
    ].join('\n  ');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(title)}">
  <style>
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .title { font-weight: 600 }
    .own { fill: #0969da }
    .other { fill: #8c959f }
    @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .own { fill: #4493f8 } .other { fill: #6e7681 } }
  </style>
  <text x="10" y="20" class="title">${escapeText(title)}</text>
  ${drawn.join('\n  ')}
</svg>
`;
}

function escapeText(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

export const whole = (value) => Math.round(value).toLocaleString('en-GB');
export const one = (value) => value.toFixed(1);
export const two = (value) => value.toFixed(2);

/** Returns the median of some rounds, with the lowest and the highest. */
export function spread(values, show) {
  const { low, middle, high } = spreadOf(values);
  return `${show(middle)} (${show(low)} to ${show(high)})`;
}
