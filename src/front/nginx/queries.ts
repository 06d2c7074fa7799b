import { pageQuerySource } from '../../page/query.js';
import type { Layout, PageShape, QueryLayout } from '../layout.js';
import { comment, directive, map, own, type Statement, variables, type Word } from './directives.js';

/** Names the file of a page, by what comes after its decoded path. */
export type FileOf = (suffix: string) => Word;

/** The variable that the folder of a query is noted in, where its pattern is tried. */
const FOLDER = 'staticgenerator_query_folder';
const SUFFIX = '$staticgenerator_query_suffix';

/** The file of a page with a query, by what comes after the query. */
export function queryFile({ before }: QueryLayout, suffix: string, fileOf: FileOf): Word {
  return fileOf(`${before}$${FOLDER}/$args${suffix}`);
}

/** Entries for the most usual paths, with a query; tried when the address is none of those without. */
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

/** Where the addresses lie that are not told at a glance, and have a query. */
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

/** The pattern of a whole address. Its group has a name of the configuration's own. */
function withQuery(path: string, query: QueryLayout): Word {
  return own(`~\\A${path}\\?${pageQuerySource(query.names, { group: `(?<${FOLDER}>` })}\\z`);
}
