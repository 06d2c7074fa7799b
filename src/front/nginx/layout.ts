import type { Gate } from '../gate.js';
import type { Layout, PageShape } from '../layout.js';
import {
  comment,
  directive,
  escapePattern,
  map,
  own,
  pattern,
  type Statement,
  variables,
  type Word,
} from './directives.js';
import { PLAIN } from './gate.js';
import { hasFolders } from './hosts.js';
import { type FileOf, queryFile, queryMaps, usualQueries } from './queries.js';
import { VARIANT_FOLDER } from './variants.js';

/** Returns the maps from `$staticgenerator_target` to the files that may hold the page. */
export function pageMaps(layout: Layout, gate: Gate): readonly Statement[] {
  const { path, shapes, seconds, query, variants } = layout;
  const { ignoredQuery, rules } = gate;
  const folder = seconds === undefined ? '' : folderOfSecond(seconds, gate);
  const fileOf = fileBelow(`${folder}${variants === undefined ? '' : VARIANT_FOLDER}`);
  const end = ignoredQuery === undefined ? '\\z' : `(?:${ignoredQuery})?+\\z`;
  return [
    ...secondMap(seconds),
    comment(
      'The file of the page. A path that no pattern of `urls` matches is not a page. Most addresses have no dots and no escapes, so one pattern\n' +
        'finds their file; the others are handled below.',
    ),
    glanceMap(shapes, {
      ...{ end, fileOf, before: foreignToRules(rules) },
      after: query === undefined ? [] : usualQueries(query, shapes, fileOf),
    }),
    comment(
      'Is the address the canonical spelling of a path that may be a page? nginx checks it as the client sent it. No segment begins\n' +
        'with a dot, only the last has an extension, and each character is escaped in only one way. Then $uri is its decoded form.',
    ),
    map('$staticgenerator_target', '$staticgenerator_path', '', [
      directive(pattern(`~\\A${path}${end}`), variables('$uri')),
    ]),
    comment('The file of such a page, for a path that ends in a slash, that has an extension, or neither.'),
    fileMap(shapes, fileOf, query !== undefined),
    ...(query === undefined ? [] : queryMaps(query, layout, fileOf)),
    comment('Without an extension, the page may also be JSON.'),
    map('$staticgenerator_page', '$staticgenerator_json', '', secondFiles(layout, fileOf)),
  ];
}

/** The maximum length of all patterns together. If they are longer, nginx looks for a page at every address. */
const MAX_RULES = 3_000;

function foreignToRules(rules: Gate['rules']): readonly Statement[] {
  const any = rules?.join('|') ?? '';
  if (any === '' || any.length > MAX_RULES) return [];
  return [directive(pattern(`~${PLAIN}(?!.*?(?:${any}))`), '')];
}

interface Glance {
  readonly end: string;
  readonly fileOf: FileOf;
  /** The entries that are tried first. */
  readonly before: readonly Statement[];
  /** The entries that are tried last. */
  readonly after: readonly Statement[];
}

function glanceMap(shapes: readonly PageShape[], { end, fileOf, before, after }: Glance): Statement {
  const entries = shapes.flatMap(({ usual, suffixes: [suffix = ''] }) =>
    usual === undefined ? [] : [directive(pattern(`~\\A${usual}${end}`), fileOf(suffix))],
  );
  return map('$staticgenerator_target', '$staticgenerator_page', variables('$staticgenerator_other_page'), [
    directive('', ''),
    ...before,
    ...entries,
    ...after,
  ]);
}

/** When a host may no longer serve pages, nginx looks for them below a name that does not exist. */
function secondMap(seconds: string | undefined): readonly Statement[] {
  if (seconds === undefined) return [];
  return [
    comment(
      'The current second. The app makes a link for each second in which this host may serve pages. If the app has died, or the host has\n' +
        'lost contact with the others, there is none, and the request goes to the app.',
    ),
    map('$msec', '$staticgenerator_second', 'none', [
      directive(own('~\\A(?<staticgenerator_now>[0-9]+)'), variables('$staticgenerator_now')),
    ]),
  ];
}

/** Returns the root of a request's pages. With seconds, it does not contain the folder of the host. */
export function folderOfPages({ root, seconds }: Layout, gate: Gate): Word {
  if (seconds === undefined && hasFolders(gate.hosts)) return variables(`${root}/$staticgenerator_folder`);
  return root;
}

/**
 * Returns a part of the file's name. It is not in `root`, because nginx evaluates a root with variables at each look at
 * the disk, and a hit takes two.
 */
function folderOfSecond(seconds: string, gate: Gate): string {
  const folder = hasFolders(gate.hosts) ? '/$staticgenerator_folder' : '';
  return `/${seconds}/$staticgenerator_second${folder}`;
}

function fileMap(shapes: readonly PageShape[], fileOf: FileOf, hasQueries: boolean): Statement {
  const rest = shapes.find(({ end }) => end === undefined);
  const entries = shapes.flatMap(({ end, suffixes: [suffix = ''] }) =>
    end === undefined ? [] : [directive(pattern(`~${end}\\z`), fileOf(suffix))],
  );
  const otherwise = rest === undefined ? '' : fileOf(rest.suffixes[0] ?? '');
  return map('$staticgenerator_path', '$staticgenerator_other_page', otherwise, [
    directive('', hasQueries ? variables('$staticgenerator_query_page') : ''),
    ...entries,
  ]);
}

function secondFiles({ shapes, query }: Layout, fileOf: FileOf): readonly Statement[] {
  const bare = shapes.flatMap(({ suffixes: [before = '', suffix] }) =>
    suffix === undefined ? [] : [directive(pattern(`~${escapePattern(before)}\\z`), fileOf(suffix))],
  );
  const [first = '', second] = query?.extensions ?? [];
  if (query === undefined || second === undefined) return bare;
  // Before the others, because a value may end as their names do. A folder of variants contains a `=`.
  const found = pattern(`~${query.before}[^/=]{1,2}/[^/]*\\.${first}\\z`);
  return [directive(found, queryFile(query, `.${second}`, fileOf)), ...bare];
}

/**
 * Returns a function that names a file in a folder by its suffix. Braces separate the variable from text that could
 * belong to its name.
 */
function fileBelow(folder: string): FileOf {
  return (suffix) => variables(`${folder}${/^\w/.test(suffix) ? `\${uri}${suffix}` : `$uri${suffix}`}`);
}
