/** The shapes of all pictures, in colors for light and dark pages. */

const STYLE = `
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .title { font-size: 14px; font-weight: 600 }
    .small { font-size: 11px; fill: #59636e }
    .label { font-size: 11px; fill: #59636e; paint-order: stroke; stroke: #ffffff; stroke-width: 4px }
    .box { fill: #f6f8fa; stroke: #d1d9e0 }
    .ours { fill: #ddf4ff; stroke: #54aeff }
    .end { fill: #dafbe1; stroke: #4ac26b }
    .arrow { fill: none; stroke: #818b98; stroke-width: 1.2 }
    .back { stroke-dasharray: 4 3 }
    .life { stroke-dasharray: 2 4 }
    .head { fill: #818b98 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .small { fill: #9198a1 }
      .label { fill: #9198a1; stroke: #0d1117 }
      .box { fill: #151b23; stroke: #3d444d }
      .ours { fill: #121d2f; stroke: #1f6feb }
      .end { fill: #12261e; stroke: #238636 }
      .arrow { stroke: #656c76 }
      .head { fill: #656c76 }
    }`;

/** Returns a whole picture. Screen readers read its `title`. */
export function picture({ width, height, title, parts }) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(title)}">
  <style>${STYLE}
  </style>
  <defs>
    <marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
      <path d="M0 0 8 4 0 8z" class="head"/>
    </marker>
  </defs>
  ${parts.join('\n  ')}
</svg>
`;
}

/** Returns a box with lines of text, each `[text, class]`, in its middle. */
export function box({ x, y, width, height, kind = 'box', lines }) {
  const gap = 16;
  const top = y + height / 2 - ((lines.length - 1) * gap) / 2 + 4;
  const texts = lines.map(
    ([text, style], index) =>
      `<text x="${round(x + width / 2)}" y="${round(top + index * gap)}" text-anchor="middle"${style ? ` class="${style}"` : ''}>${escapeText(text)}</text>`,
  );
  return [
    `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${height}" rx="6" class="${kind}"/>`,
    ...texts,
  ].join('\n  ');
}

/** Returns an arrow through points, with the label, if any, at `labelAt`. */
export function arrow(points, { label, labelAt, kind = '', head = true } = {}) {
  const [first, ...rest] = points.map(([x, y]) => `${round(x)} ${round(y)}`);
  const path = `<path d="M${first} L${rest.join(' L')}" class="arrow${kind && ` ${kind}`}"${head ? ' marker-end="url(#head)"' : ''}/>`;
  if (label === undefined) return path;
  const [x, y] = labelAt;
  return `${path}\n  <text x="${round(x)}" y="${round(y)}" text-anchor="middle" class="label">${escapeText(label)}</text>`;
}

/** Returns a text at a point, which says what happens there. */
export function note({ x, y, text }) {
  return `<text x="${round(x)}" y="${round(y + 4)}" text-anchor="middle" class="label">${escapeText(text)}</text>`;
}

function round(value) {
  return Math.round(value * 10) / 10;
}

function escapeText(text) {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
