import { pageQuerySource } from '../../page/query.js';
import type { Layout, PageShape, QueryLayout } from '../layout.js';
import { comment, directive, map, own, type Statement, variables, type Word } from './directives.js';

/** Returns the name of a page's file, given what comes after the decoded path. */
export type FileOf = (suffix: string) => Word;

/** The group of a pattern that captures the folder of a query. It is also a variable. */
const FOLDER = 'staticgenerator_query_folder';
const SUFFIX = '$staticgenerator_query_suffix';

/** Returns the file of a page with a query, given what comes after the query. */
export function queryFile({ before }: QueryLayout, suffix: string, fileOf: FileOf): Word {
  return fileOf(`${before}$${FOLDER}/$args${suffix}`);
}

/**
 * Returns entries for the most usual paths with a query. nginx tries them if no entry without a query matches the
 * address.
 */
export function usualQueries(
  query: QueryLayout,
  shapes: readonly PageShape[],
  fileOf: FileOf,
): readonly Statement[] {
  const [extension = ''] = query.extensions;
  return shapes.flatMap(({ usual }) =>
    usual === undefined
      ? []
      : [directive(withQuery(usual, query), queryFile(query, `.${extension}`, fileOf))],
  );
}

/** Returns maps for addresses with a query that are not recognized by their usual form. */
export function queryMaps(
  query: QueryLayout,
  { path }: Pick<Layout, 'path'>,
  fileOf: FileOf,
): readonly Statement[] {
  const [extension = ''] = query.extensions;
  return [
    comment(
      'Pages that a query string selects. A file exists only for the canonical spelling, and only if the app has stored the page; the\n' +
        'app answers all others.',
    ),
    map('$uri', SUFFIX, `.${extension}`, [
      directive(
        own(`~(?<staticgenerator_extension>${query.ofPath})\\z`),
        variables('$staticgenerator_extension'),
      ),
    ]),
    map('$staticgenerator_target', '$staticgenerator_query_page', '', [
      directive(withQuery(path, query), queryFile(query, SUFFIX, fileOf)),
    ]),
  ];
}

/** Returns the pattern of a whole address. Its group has a name that begins with the configuration's own name. */
function withQuery(path: string, query: QueryLayout): Word {
  return own(`~\\A${path}\\?${pageQuerySource(query.names, { group: `(?<${FOLDER}>` })}\\z`);
}
