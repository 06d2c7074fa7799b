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

/** The maps from `$staticgenerator_target` to the files that the page may lie in. */
export function pageMaps(
  { path, shapes, seconds }: Layout,
  { ignoredQuery, rules }: Gate,
): readonly Statement[] {
  const end = ignoredQuery === undefined ? '\\z' : `(?:${ignoredQuery})?+\\z`;
  return [
    ...secondMap(seconds),
    comment(
      'The file of the page. What no pattern of `urls` finds is no page. Most addresses are names without dots and escapes, and are told at\n' +
        'a glance; the others are looked at below.',
    ),
    glanceMap(shapes, end, foreignToRules(rules)),
    comment(
      'Is the address the one correct spelling of a path that may be a page? nginx judges it as the client sent it. No segment begins\n' +
        'with a dot, only the last has an extension, and every character is escaped in one way. Then $uri is its decoding.',
    ),
    map('$staticgenerator_target', '$staticgenerator_path', '', [
      directive(pattern(`~\\A${path}${end}`), variables('$uri')),
    ]),
    comment('The file of such a page: by the slash at the end of the path, by its extension, or by neither.'),
    fileMap(shapes),
    comment('Without an extension, the page may also be JSON.'),
    map('$staticgenerator_page', '$staticgenerator_json', '', shapes.flatMap(secondFile)),
  ];
}

/** The longest text of all patterns that is written; of a longer one, nginx looks for a page by each address. */
const MAX_RULES = 3_000;

function foreignToRules(rules: Gate['rules']): readonly Statement[] {
  const any = rules?.join('|') ?? '';
  if (any === '' || any.length > MAX_RULES) return [];
  return [directive(pattern(`~${PLAIN}(?!.*?(?:${any}))`), '')];
}

function glanceMap(shapes: readonly PageShape[], end: string, before: readonly Statement[]): Statement {
  const entries = shapes.flatMap(({ usual, suffixes: [suffix = ''] }) =>
    usual === undefined ? [] : [directive(pattern(`~\\A${usual}${end}`), fileWith(suffix))],
  );
  return map('$staticgenerator_target', '$staticgenerator_page', variables('$staticgenerator_other_page'), [
    directive('', ''),
    ...before,
    ...entries,
  ]);
}

/** Pages of a host that may not serve any more are below a name that nobody has made. */
function secondMap(seconds: string | undefined): readonly Statement[] {
  if (seconds === undefined) return [];
  return [
    comment(
      'The second. The app makes a name for each in which this host may serve pages; where it has died, or is cut off from the other\n' +
        'hosts, there is none, and the app is asked.',
    ),
    map('$msec', '$staticgenerator_second', 'none', [
      directive(own('~\\A(?<staticgenerator_now>[0-9]+)'), variables('$staticgenerator_now')),
    ]),
  ];
}

/** The folder of a request's pages. */
export function folderOfPages({ root, seconds }: Layout, gate: Gate): Word {
  const top = seconds === undefined ? root : `${root}/${seconds}/$staticgenerator_second`;
  if (hasFolders(gate.hosts)) return variables(`${top}/$staticgenerator_folder`);
  return seconds === undefined ? root : variables(top);
}

function fileMap(shapes: readonly PageShape[]): Statement {
  const rest = shapes.find(({ end }) => end === undefined);
  const entries = shapes.flatMap(({ end, suffixes: [suffix = ''] }) =>
    end === undefined ? [] : [directive(pattern(`~${end}\\z`), fileWith(suffix))],
  );
  const otherwise = rest === undefined ? '' : fileWith(rest.suffixes[0] ?? '');
  return map('$staticgenerator_path', '$staticgenerator_other_page', otherwise, [
    directive('', ''),
    ...entries,
  ]);
}

function secondFile({ suffixes: [before = '', suffix] }: PageShape): readonly Statement[] {
  return suffix === undefined ? [] : [directive(pattern(`~${escapePattern(before)}\\z`), fileWith(suffix))];
}

/** The decoded path with a suffix; braces part the variable from what could belong to its name. */
function fileWith(suffix: string): Word {
  return variables(/^\w/.test(suffix) ? `\${uri}${suffix}` : `$uri${suffix}`);
}
