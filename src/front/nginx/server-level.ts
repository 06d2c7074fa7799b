import type { ResolvedConfig } from '../../config.js';
import { DEFAULT_CACHE_CONTROL } from '../../page/response/headers.js';
import { block, comment, condition, directive, type Statement, variables, type Word } from './directives.js';
import type { ResolvedNginxOptions } from './options.js';
import { typesBlock } from './types-block.js';

/** What of a site's configuration decides how nginx answers. */
export type AnswerConfig = Pick<ResolvedConfig, 'hosts' | 'headers' | 'types'>;

/** The location that passes a request to the app as it was sent. */
export const APP = '@staticgenerator_app';
/** As the embedded server tells it. */
const HIT = 'staticgenerator; hit';
/**
 * Each is a descriptor that nginx keeps. Most systems give a worker 1,024, and distributions' nginx.conf have it take up to
 * 768 connections; a worker without descriptors accepts none.
 */
const MAX_OPEN_FILES = 200;

/** What goes inside a `server {}`: the location of the pages and that of the app. */
export function serverLevel(config: AnswerConfig, options: ResolvedNginxOptions): readonly Statement[] {
  return [
    block(
      ['location', '/'],
      ...lookup(config, options),
      ...files(),
      ...codings(options),
      ...contentTypes(config),
      ...hitHeaders(config),
    ),
    comment('The app gets the request as it was sent: proxy_pass has no path of its own.'),
    block(['location', APP], ...app()),
  ];
}

function lookup({ hosts }: AnswerConfig, { webRoot }: ResolvedNginxOptions): readonly Statement[] {
  const root = hosts.length > 1 ? variables(`${webRoot}/$staticgenerator_folder`) : webRoot;
  return [
    directive('root', root),
    comment('What can be no page goes to the app, without a look at the disk.'),
    block(['if', condition('($staticgenerator_page = "")')], directive('return', '404')),
    comment('So does a page that vanished, or cannot be read, between the look and the opening.'),
    directive('error_page', '403', '404', '405', '500', '=', APP),
    directive('recursive_error_pages', 'on'),
    directive('try_files', variables('$staticgenerator_page'), variables('$staticgenerator_json'), APP),
  ];
}

function files(): readonly Statement[] {
  return [
    comment('Every request looks at the file anew, so that a deleted page is gone at once.'),
    directive('open_file_cache', `max=${MAX_OPEN_FILES}`, 'inactive=60s'),
    directive('open_file_cache_valid', '0'),
    directive('open_file_cache_errors', 'off'),
    comment(
      'Where others than the app can write to the folder, this keeps their links out, at some cost:\n' +
        'disable_symlinks on;',
    ),
  ];
}

function codings({ brotli }: ResolvedNginxOptions): readonly Statement[] {
  return [
    comment(
      'The codings (.gz, .br) lie beside their page; nothing is compressed on the fly. Vary is sent below, with every page: gzip_vary\n' +
        'would look for them even where the client wants none, at about a tenth of the cost of a hit.',
    ),
    directive('gzip', 'off'),
    directive('gzip_static', 'on'),
    ...(brotli ? [directive('brotli_static', 'on')] : []),
    directive('gzip_proxied', 'any'),
    comment(
      'The time of a file is made of its content: it makes the ETag right, and says nothing as a date.',
    ),
    directive('etag', 'on'),
    directive('if_modified_since', 'off'),
    directive('max_ranges', '0'),
    directive('expires', 'off'),
    directive('absolute_redirect', 'off'),
  ];
}

/** A Content-Type has its charset already, because the charset differs by extension and by site. */
function contentTypes({ types }: AnswerConfig): readonly Statement[] {
  return [directive('charset', 'off'), typesBlock(types)];
}

function hitHeaders({ headers }: AnswerConfig): readonly Statement[] {
  const declared = [...headers.values()].map(({ name, value }) => directive('add_header', name, value));
  const cacheControl = headers.has('cache-control')
    ? []
    : [directive('add_header', 'Cache-Control', DEFAULT_CACHE_CONTROL)];
  return [
    comment(
      'No add_header of the server is valid here. What all answers have, the app sends and `headers` declares.',
    ),
    ...cacheControl,
    ...declared,
    directive('add_header', 'Cache-Status', HIT),
    directive('add_header', 'Vary', 'Accept-Encoding'),
    directive('add_header', 'Last-Modified', ''),
  ];
}

/** Overwritten: what a client writes into these headers is not to be believed. */
const forwarded: readonly (readonly [string, Word])[] = [
  ['Host', variables('$staticgenerator_host')],
  ['Connection', variables('$staticgenerator_connection')],
  ['Upgrade', variables('$http_upgrade')],
  ['X-Forwarded-For', variables('$remote_addr')],
  ['X-Forwarded-Proto', variables('$scheme')],
  ['X-Forwarded-Host', variables('$staticgenerator_host')],
  ['X-StaticGenerator', variables('$staticgenerator_voucher')],
];

function app(): readonly Statement[] {
  return [
    directive('proxy_pass', 'http://staticgenerator_app'),
    directive('proxy_http_version', '1.1'),
    ...forwarded.map(([name, value]) => directive('proxy_set_header', name, value)),
  ];
}
