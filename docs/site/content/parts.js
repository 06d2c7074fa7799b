import { targetOf } from './addresses.js';

/** @import { Token } from 'marked' */
/** @import { Source } from './library.js' */

/**
 * @typedef {object} Part
 * @property {string} title
 * @property {readonly Source[]} sources
 */

const GUIDE = 'docs/guide/README.md';

/** The parts after the guide, and the files in each, in the order of its patterns. */
const OTHERS = [
  { title: 'Reference', files: [/^docs\/reference\/(?!README)/] },
  { title: 'Performance', files: [/^docs\/performance\/README/, /^docs\/performance\//] },
  { title: 'Examples', files: [/^docs\/examples\/[^/]+\/README/] },
  { title: 'Project', files: [/^CHANGELOG/, /^docs\/[^/]+\.md$/, /^docs\/decisions\/README/] },
];

/**
 * Returns the contents of the site, in the order in which they are read. Each heading of the guide's README is a part,
 * with the pages of the guide that are linked below it.
 *
 * @param {ReadonlyMap<string, Source>} library
 * @returns {readonly Part[]}
 */
export function readParts(library) {
  const linked = linksByHeading(library.get(GUIDE)?.tokens ?? []);
  const files = linked.flatMap(({ links }) => links);
  const guide = linked.map(({ title, links }) => ({
    title,
    sources: links.flatMap((file) => (file.startsWith('docs/guide/') ? (library.get(file) ?? []) : [])),
  }));
  const unlisted = [...library.values()].filter(
    ({ file }) => file.startsWith('docs/guide/') && file !== GUIDE && !files.includes(file),
  );
  const more = { title: 'More', sources: unlisted };
  const others = OTHERS.map((part) => partOf(part, library, files));
  return [...guide, more, ...others].filter(({ sources }) => sources.length > 0);
}

/**
 * Returns a part. Its pages are in the order of its patterns, then as the guide links to them, then by name.
 *
 * @param {{ title: string, files: readonly RegExp[] }} part
 * @param {ReadonlyMap<string, Source>} library
 * @param {readonly string[]} order
 * @returns {Part}
 */
function partOf({ title, files }, library, order) {
  /** @param {Source} source */
  const rank = ({ file }) => [
    files.findIndex((one) => one.test(file)),
    order.indexOf(file) + 1 || order.length + 1,
  ];
  const sources = [...library.values()].filter(({ file }) => files.some((one) => one.test(file)));
  return {
    title,
    sources: sources.sort((one, other) => {
      const [[group = 0, place = 0], [otherGroup = 0, otherPlace = 0]] = [rank(one), rank(other)];
      return group - otherGroup || place - otherPlace || one.file.localeCompare(other.file);
    }),
  };
}

/**
 * @param {readonly Token[]} tokens
 * @returns {{ title: string, links: string[] }[]} the files linked below each heading, each file once
 */
function linksByHeading(tokens) {
  /** @type {{ title: string, links: string[] }[]} */
  const parts = [];
  /** @type {Set<string>} */
  const seen = new Set();
  // Links before the first part are left out, because the parts contain their pages too.
  const first = tokens.findIndex((token) => token.type === 'heading' && token.depth === 2);
  for (const token of tokens.slice(Math.max(first, 0))) {
    if (token.type === 'heading') parts.push({ title: token.text, links: [] });
    for (const link of linksIn([token])) {
      const file = targetOf(GUIDE, link)?.file;
      if (file === undefined || seen.has(file)) continue;
      seen.add(file);
      parts.at(-1)?.links.push(file);
    }
  }
  return parts;
}

/**
 * @param {readonly Token[]} tokens
 * @returns {readonly string[]}
 */
export function linksIn(tokens) {
  return tokens.flatMap((token) => {
    if (token.type === 'link') return [token.href];
    const cells = token.type === 'table' ? [token.header, ...token.rows].flat() : [];
    const within = [
      ...('tokens' in token ? (token.tokens ?? []) : []),
      ...(token.type === 'list' ? token.items : []),
      ...cells.flatMap((/** @type {{ tokens: Token[] }} */ cell) => cell.tokens),
    ];
    return linksIn(within);
  });
}
