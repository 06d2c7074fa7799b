import type { Answers } from '../answers.js';
import type { Front } from '../front.js';
import type { Layout, QueryLayout } from '../layout.js';
import {
  block,
  celString,
  comment,
  directive,
  escapePattern,
  raw,
  re2,
  type Statement,
} from './directives.js';
import { folderOfPages, PAGE, QUERY } from './gate.js';

const PATH = '{http.request.uri.path}';
/** As the client sent it, decoded. */
const SENT_PATH = '{http.request.orig_uri.path}';
const FILE = 'staticgenerator_file';
const OTHER = 'staticgenerator_other_file';
const EXTENSION = '{staticgenerator_extension}';
const OTHER_EXTENSION = '{staticgenerator_other_extension}';
const HIT = 'staticgenerator_hit';
const TYPE = '{staticgenerator_type}';
const NAMED_TYPE = '{staticgenerator_named_type}';
const THERE = '@staticgenerator_there';

/** The condition that Caddy has tried to send a page. */
export const TRIED = `{http.vars.${HIT}} == "tried"`;

/** Returns the route of the requests that a page may answer. Caddy sends the page if it exists. */
export function pageRoute({ layout, answers, gate }: Front): readonly Statement[] {
  const root = folderOfPages(layout.root, gate);
  return [
    ...typeMaps(answers),
    block(
      ['route', PAGE],
      ...candidates(layout, answers),
      block(
        [THERE, 'file'],
        directive('root', root),
        directive('try_files', raw(`{http.vars.${FILE}}`), raw(`{http.vars.${OTHER}}`)),
      ),
      block(
        ['route', THERE],
        directive('vars', HIT, 'tried'),
        comment('The time of a file is derived from its content, for the ETag; it is not a date.'),
        ...(answers.ifModifiedSince === 'ignored' ? [directive('request_header', '-If-Modified-Since')] : []),
        directive('rewrite', '*', raw('{http.matchers.file.relative}')),
        ...headers(answers),
        block(
          ['file_server'],
          directive('root', root),
          directive('precompressed', ...Object.keys(answers.codings)),
          directive('disable_canonical_uris'),
        ),
      ),
    ),
  ];
}

/** Returns the files that may hold the page: the path may end in a slash, or have an extension, or neither. */
function candidates({ shapes, query }: Layout, answers: Answers): readonly Statement[] {
  const rest = shapes.find(({ end }) => end === undefined);
  const [first = '', second = first] = rest?.suffixes ?? [];
  const both = (suffix: string) => [
    directive(FILE, raw(`${PATH}${suffix}`)),
    directive(OTHER, raw(`${PATH}${suffix}`)),
  ];
  return [
    comment(
      'The file of the page, for a path that ends in a slash, that has an extension, or neither. The last may also be JSON.',
    ),
    block(['vars'], directive(FILE, raw(`${PATH}${first}`)), directive(OTHER, raw(`${PATH}${second}`))),
    ...shapes.flatMap(({ shape, end, suffixes: [suffix = ''] }) =>
      end === undefined
        ? []
        : [
            directive(
              `@staticgenerator_${shape}`,
              'expression',
              raw(`${PATH}.matches(${celString(`${end}\\z`)})`),
            ),
            block(['vars', `@staticgenerator_${shape}`], ...both(suffix)),
          ],
    ),
    ...(query === undefined ? [] : queryFiles(query)),
    ...typedFile(answers),
  ];
}

/** Returns the files of a page that a query selects: with the extension of its path, or as HTML or JSON. */
function queryFiles({ extensions, ofPath }: QueryLayout): readonly Statement[] {
  const [first = '', second = first] = extensions;
  return [
    block(
      ['map', raw(PATH), raw(EXTENSION), raw(OTHER_EXTENSION)],
      directive(raw(`~(${ofPath})\\z`), raw('$1'), raw('$1')),
      directive('default', `.${first}`, `.${second}`),
    ),
    directive('@staticgenerator_query', 'expression', raw(`${QUERY} != ""`)),
    block(
      ['vars', '@staticgenerator_query'],
      directive(FILE, raw(`${PATH}${QUERY}${EXTENSION}`)),
      directive(OTHER, raw(`${PATH}${QUERY}${OTHER_EXTENSION}`)),
    ),
  ];
}

/** A page whose path has a type of its own has no second file as JSON. */
function typedFile({ typesOfPaths, typesOfPatterns }: Answers): readonly Statement[] {
  const typed = [
    ...Object.keys(typesOfPaths).map((path) => `${SENT_PATH} == ${celString(path)}`),
    ...typesOfPatterns.map(([pattern]) => `${SENT_PATH}.matches(${celString(re2(pattern))})`),
  ];
  if (typed.length === 0) return [];
  return [
    directive('@staticgenerator_typed', 'expression', raw(typed.join(' || '))),
    directive('vars', '@staticgenerator_typed', OTHER, raw(`{http.vars.${FILE}}`)),
  ];
}

/** Maps a page to its Content-Type: by the path if it has a type of its own, otherwise by the extension of the file. */
function typeMaps({ types, typesOfPaths, typesOfPatterns }: Answers): readonly Statement[] {
  const extensions = new Map<string, string[]>();
  for (const [extension, type] of Object.entries(types))
    extensions.set(type, [...(extensions.get(type) ?? []), extension]);
  return [
    comment('The Content-Type of a page follows from its extension, or from its path.'),
    block(
      ['map', raw('{http.matchers.file.relative}'), raw(NAMED_TYPE)],
      ...[...extensions].map(([type, those]) =>
        directive(raw(`~\\.(?:${those.map(escapePattern).join('|')})\\z`), raw(re2Output(type))),
      ),
      directive('default', ''),
    ),
    block(
      ['map', raw(SENT_PATH), raw(TYPE)],
      // The first that matches decides.
      ...Object.entries(typesOfPaths).map(([path, type]) => directive(raw(path), type)),
      ...typesOfPatterns.map(([pattern, type]) => directive(raw(`~${re2(pattern)}`), raw(re2Output(type)))),
      directive('default', raw(NAMED_TYPE)),
    ),
  ];
}

/** Escapes `$`, which refers to a group of the pattern. */
function re2Output(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function headers({ headers: constant, vary, withheld, rangeParts }: Answers): readonly Statement[] {
  const sent = vary === 'every' ? [...constant, ['Vary', 'Accept-Encoding'] as const] : constant;
  return [
    comment(
      'Set only once Caddy has the file: headers that are set earlier would remain in a response of the app.',
    ),
    block(
      ['header'],
      directive('Content-Type', raw(TYPE)),
      ...sent.map(([name, value]) => directive(name, value)),
      ...[...withheld, ...(rangeParts === 0 ? ['Accept-Ranges'] : [])].map((name) => directive(`-${name}`)),
      directive('defer'),
    ),
  ];
}
