import { type Answers, acceptedSource } from '../answers.js';
import type { Front } from '../front.js';
import type { Layout, QueryLayout } from '../layout.js';
import {
  comment,
  directive,
  escapePattern,
  headerValue,
  rewriting,
  type Statement,
  section,
  unexpanded,
} from './directives.js';
import { isNoted, isNotNoted, note, noted, when } from './gate.js';

/** Returns the rules that find the file of a page and send it. */
export function pageRules({ layout, answers }: Front): readonly Statement[] {
  const root = unexpanded(layout.root);
  return [
    ...fileRules(layout, answers),
    ...typedPaths(answers).flatMap(([path], index) => [
      isNoted(noted.file),
      note(path, `E=${typeOf(index)}:1`),
    ]),
    comment('A page that exists is sent, in a compressed form if the client accepts one that exists.'),
    isNoted(noted.file),
    when(`${root}%{ENV:${noted.file}}`, '!-f'),
    note('^', `E=!${noted.file}`),
    ...Object.entries(answers.codings).flatMap(([coding, suffix]) => [
      isNoted(noted.file),
      when('%{HTTP:Accept-Encoding}', acceptedSource(coding), { anyCase: true }),
      when(`${root}%{ENV:${noted.file}}${suffix}`, '-f'),
      send(`${root}%{ENV:${noted.file}}${suffix}`),
    ]),
    isNoted(noted.file),
    send(`${root}%{ENV:${noted.file}}`),
  ];
}

/** Returns the rule that sends a file. Nothing is compressed on the fly. */
function send(file: string): Statement {
  const flags = `[E=${noted.hit}:1,E=no-gzip:1,E=no-brotli:1,L]`;
  return directive('RewriteRule', rewriting('^'), rewriting(file), rewriting(flags));
}

function fileRules({ root, shapes, query }: Layout, answers: Answers): readonly Statement[] {
  const path = `%{ENV:${noted.folder}}%{REQUEST_URI}`;
  const typed = typedPaths(answers)
    .map(([source]) => source)
    .join('|');
  return [
    ...(query === undefined ? [] : queryRules({ root, query }, typed)),
    comment('The file of the page, for a path that ends in a slash, that has an extension, or neither.'),
    ...shapes.flatMap(({ end, suffixes: [suffix = '', second] }) => [
      isNoted(noted.page),
      ...(query === undefined ? [] : [isNotNoted(noted.query)]),
      ...(end === undefined ? [isNotNoted(noted.file)] : []),
      note(end === undefined ? '^' : `${end}\\z`, `E=${noted.file}:${path}${suffix}`),
      ...(second === undefined
        ? []
        : [
            comment('Without an extension, the page may also be JSON.'),
            when(`%{ENV:${noted.file}}`, `${escapePattern(suffix)}\\z`),
            ...(typed === '' ? [] : [when('%{REQUEST_URI}', `!(?:${typed})`)]),
            when(`${unexpanded(root)}${path}${suffix}`, '!-f'),
            note('^', `E=${noted.file}:${path}${second}`),
          ]),
    ]),
  ];
}

/** Returns the rules for the file of a page that a query selects. */
function queryRules(
  { root, query }: Pick<Layout, 'root'> & { readonly query: QueryLayout },
  typed: string,
): readonly Statement[] {
  const name = `%{ENV:${noted.folder}}%{REQUEST_URI}%{ENV:${noted.query}}`;
  const [first = '', second] = query.extensions;
  const asked = [isNoted(noted.page), isNoted(noted.query)];
  return [
    comment(
      'The file of a page that a query string selects: with the extension of its path, or as HTML or JSON.',
    ),
    ...[...asked, note(`(${query.ofPath})\\z`, `E=${noted.file}:${name}$1`)],
    ...[...asked, isNotNoted(noted.file), note('^', `E=${noted.file}:${name}.${first}`)],
    ...(second === undefined
      ? []
      : [
          ...asked,
          when(`%{ENV:${noted.file}}`, `\\.${first}\\z`),
          ...(typed === '' ? [] : [when('%{REQUEST_URI}', `!(?:${typed})`)]),
          when(`${unexpanded(root)}${name}.${first}`, '!-f'),
          note('^', `E=${noted.file}:${name}.${second}`),
        ]),
  ];
}

/**
 * Returns the request headers that Apache would evaluate, although they do not matter for a page. Except for
 * If-Modified-Since, the gate lets them through only if they are empty.
 */
function unjudged({ ifModifiedSince, rangeParts }: Answers): readonly string[] {
  return [
    ...(ifModifiedSince === 'ignored' ? ['If-Modified-Since'] : []),
    ...['If-Unmodified-Since', 'If-Match'],
    ...(rangeParts === 0 ? ['If-Range', 'Range'] : []),
  ];
}

/** Returns how the files of pages are sent. */
export function pageFolder({ layout, answers }: Front): Statement {
  return section(
    ['Directory', layout.root],
    directive('Require', 'all', 'granted'),
    directive('AllowOverride', 'None'),
    directive('Options', 'FollowSymLinks'),
    directive('SetHandler', 'default-handler'),
    comment('If Apache cannot read the file, or the file is deleted meanwhile, the request goes to the app.'),
    ...['403', '404', '500'].map((status) =>
      directive('ErrorDocument', status, `/%{reqenv:${noted.target}}`),
    ),
    comment(
      'The time of a file is derived from its content, for the ETag; it is not a date. Requests for ranges of a page do not get here.',
    ),
    directive('FileETag', 'MTime', 'Size'),
    ...unjudged(answers).map((name) => directive('RequestHeader', 'unset', name)),
    ...(answers.rangeParts === 0 ? [directive('Header', 'unset', 'Accept-Ranges')] : []),
    ...answers.withheld.map((name) => directive('Header', 'unset', name)),
    comment('The headers of all pages.'),
    ...answers.headers.map(([name, value]) => directive('Header', 'set', name, headerValue(value))),
    ...(answers.vary === 'every' ? [directive('Header', 'set', 'Vary', 'Accept-Encoding')] : []),
    ...types(answers),
    ...namesThatMeanNothing,
  );
}

/** Removes the meanings that the files of distributions give to parts of names. Here these are parts of addresses. */
const namesThatMeanNothing: readonly Statement[] = [
  comment('No other part of a file name has a meaning.'),
  section(
    ['IfModule', 'mime_module'],
    ...Object.entries({
      RemoveLanguage:
        'am ar bg ca cs cz da de dk el en eo es et fa fi fr he hi hr hu it ja ko lt ltz lv nl nn no pl po pt pt-br ro ru sk sl sr sv th tr uk vi zh zh-cn zh-tw',
      RemoveCharset:
        'cp866 gb2312 iso-2022-jp ISO-2022-JP iso-2022-kr ISO-2022-KR ISO-2022-CN iso2022-jp iso2022-kr iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 ISO-8859-1 koi8-r ucs2 ucs4 utf7 utf8 utf16 win-1251',
      RemoveEncoding: 'Z gz tgz bz2 br svgz',
      RemoveOutputFilter: 'shtml bz2 inc',
    }).map(([name, extensions]) => directive(name, ...extensions.split(' ').map((one) => `.${one}`))),
  ),
];

/** Sets the Content-Type of each file, whatever meaning Apache gives to names elsewhere. */
function types(answers: Answers): readonly Statement[] {
  const { types: byExtension, codings } = answers;
  const extensions = new Map<string, string[]>();
  for (const [extension, type] of Object.entries(byExtension))
    extensions.set(type, [...(extensions.get(type) ?? []), extension]);
  const suffixes = Object.values(codings).map(escapePattern).join('|');
  return [
    comment('The Content-Type of a page follows from its extension, or from its path.'),
    directive('AddDefaultCharset', 'Off'),
    ...[...extensions].map(([type, those]) =>
      section(['FilesMatch', `\\.(?:${those.join('|')})(?:${suffixes})?\\z`], directive('ForceType', type)),
    ),
    ...typedPaths(answers).map(([, type], index) =>
      directive('Header', 'set', 'Content-Type', headerValue(type), `expr=${described(index)}`),
    ),
    ...Object.entries(codings).map(([coding, suffix]) =>
      section(
        ['FilesMatch', `${escapePattern(suffix)}\\z`],
        directive('Header', 'set', 'Content-Encoding', coding),
      ),
    ),
  ];
}

/** Returns paths with a type of their own, as regular expressions. If several match, Apache uses the last. */
function typedPaths({ typesOfPaths, typesOfPatterns }: Answers): readonly (readonly [string, string])[] {
  const exact = Object.entries(typesOfPaths).map(
    ([path, type]) => [`\\A${escapePattern(path)}\\z`, type] as const,
  );
  return [...[...typesOfPatterns].reverse(), ...exact];
}

function typeOf(index: number): string {
  return `staticgenerator_type_${index}`;
}

/** Returns the condition that a path has a type of its own, and that the response has a body which the type describes. */
function described(index: number): string {
  return `-n reqenv('${typeOf(index)}') && %{REQUEST_STATUS} != '304'`;
}
