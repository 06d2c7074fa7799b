import type { Gate } from '../gate.js';
import type { Layout } from '../layout.js';
import {
  comment,
  directive,
  escapePattern,
  map,
  pattern,
  type Statement,
  variables,
  type Word,
} from './directives.js';

/** The maps from `$staticgenerator_target` to the files that the page may lie in. */
export function pageMaps({ shapes }: Layout, { ignoredQuery }: Gate): readonly Statement[] {
  const end = ignoredQuery === undefined ? '\\z' : `(?:${ignoredQuery})?+\\z`;
  const first = shapes.map(({ path, suffixes: [suffix = ''] }) =>
    directive(pattern(`~\\A${path}${end}`), fileWith(suffix)),
  );
  const second = shapes.flatMap(({ suffixes: [before = '', suffix] }) =>
    suffix === undefined ? [] : [directive(pattern(`~${escapePattern(before)}\\z`), fileWith(suffix))],
  );
  return [
    comment(
      'The file of the page that the target names: with a slash at the end, a known extension, or neither.\n' +
        'The target is judged as it was sent; for one that passes, $uri is its decoding and nothing else.',
    ),
    map('$staticgenerator_target', '$staticgenerator_page', '', first),
    comment('Without an extension it may be JSON as well.'),
    map('$staticgenerator_page', '$staticgenerator_json', '', second),
  ];
}

/** The decoded path with a suffix; braces part the variable from what could belong to its name. */
function fileWith(suffix: string): Word {
  return variables(/^\w/.test(suffix) ? `\${uri}${suffix}` : `$uri${suffix}`);
}
