import { type Html, html } from './html.js';

/** One line of a chart. */
export interface Series {
  readonly name: string;
  /** A class of the style sheet, for the color and the dashes of the line. */
  readonly kind: 'nginx' | 'node' | 'misses' | 'ratio' | 'renders';
  /** One value for each point in time; `undefined` if there is nothing to show. */
  readonly values: readonly (number | undefined)[];
}

export interface Chart {
  /** Unique on the page. */
  readonly id: string;
  readonly title: string;
  readonly series: readonly Series[];
  /** The time of each point, for people. */
  readonly times: readonly string[];
  /** The top of the scale, if it is not the largest value. */
  readonly top?: number;
  readonly format: (value: number) => string;
}

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [640, 180, 52, 22, 8];

/** Draws lines over time as SVG, with a table of the same figures below. */
export function chart({ id, title, series, times, format, ...given }: Chart): Html {
  const largest = Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  const top = given.top ?? niceTop(largest);
  const y = (value: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const x = (index: number) =>
    LEFT + (WIDTH - LEFT - 8) * (times.length < 2 ? 0 : index / (times.length - 1));
  const lines = series.map(
    ({ kind, values }) => html`<path class="line ${kind}" d="${pathOf(values, x, y)}"/>`,
  );
  const marks = [0, top / 2, top].map(
    (
      value,
    ) => html`<line class="grid" x1="${LEFT}" x2="${WIDTH - 8}" y1="${round(y(value))}" y2="${round(y(value))}"/>
<text class="mark" x="${LEFT - 6}" y="${round(y(value) + 4)}" text-anchor="end">${format(value)}</text>`,
  );
  return html`<figure class="chart" aria-labelledby="${id}-title">
<figcaption id="${id}-title">${title}</figcaption>
<ul class="legend">${series.map(({ kind, name }) => html`<li class="${kind}">${name}</li>`)}</ul>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}: ${summaryOf(series, format)}">
${marks}${lines}
<text class="mark" x="${LEFT}" y="${HEIGHT - 4}">${times[0]}</text>
<text class="mark" x="${WIDTH - 8}" y="${HEIGHT - 4}" text-anchor="end">${times.at(-1)}</text>
</svg>
${tableOf(title, series, times, format)}
</figure>`;
}

function tableOf(
  title: string,
  series: readonly Series[],
  times: readonly string[],
  format: Chart['format'],
): Html {
  const rows = times.map((time, index) => {
    const cells = series.map(({ values }) => {
      const value = values[index];
      return html`<td class="number">${value === undefined ? '–' : format(value)}</td>`;
    });
    return html`<tr><th scope="row">${time}</th>${cells}</tr>`;
  });
  return html`<details><summary>As a table</summary><div class="wide" tabindex="0" role="region" aria-label="${title}, as a table"><table>
<thead><tr><th scope="col">Time</th>${series.map(({ name }) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>${rows}</tbody></table></div></details>`;
}

/** Returns a summary for people who cannot see the lines. */
function summaryOf(series: readonly Series[], format: Chart['format']): string {
  return series
    .map(({ name, values }) => {
      const known = values.filter((value) => value !== undefined);
      const last = known.at(-1);
      if (last === undefined) return `${name}: nothing`;
      return `${name}: ${format(Math.min(...known))} to ${format(Math.max(...known))}, last ${format(last)}`;
    })
    .join('; ');
}

/** Returns the path of a line. It is interrupted where there is no value; a single value is a dot. */
function pathOf(
  values: readonly (number | undefined)[],
  x: (index: number) => number,
  y: (value: number) => number,
): string {
  let path = '';
  values.forEach((value, index) => {
    if (value === undefined) return;
    const [isFirst, isLast] = [values[index - 1] === undefined, values[index + 1] === undefined];
    path += `${isFirst ? 'M' : 'L'}${round(x(index))} ${round(y(value))}`;
    if (isFirst && isLast) path += 'h.01';
  });
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Rounds up to 2, 5, 10, 20, … */
function niceTop(largest: number): number {
  const least = Math.max(2, largest);
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((step) => step * power >= least) ?? 10);
}
