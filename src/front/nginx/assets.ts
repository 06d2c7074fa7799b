import { fontExtensions, IMMUTABLE, shortCacheControl } from '../../assets/serve/headers.js';
import type { ResolvedServeOptions } from '../../assets/serve/options.js';
import { assetPathSource } from '../../assets/serve/path.js';
import { UNKNOWN_TYPE } from '../../assets/serve/types.js';
import {
  block,
  comment,
  condition,
  directive,
  map,
  pattern,
  type Statement,
  variables,
  type Word,
} from './directives.js';
import { typesBlock } from './types-block.js';

/** The assets of a site. */
export interface SiteAssets {
  /** STATIC_ROOT. */
  readonly root: string;
  /** The path of the assets' URL, with a slash at both ends. */
  readonly urlPath: string;
  readonly serve: ResolvedServeOptions;
  /** Names that `collect` made. */
  readonly digested: RegExp;
}

/** What of the nginx options is about assets. */
export interface AssetsOptions {
  /** STATIC_ROOT as nginx sees it. Undefined: as the site does. */
  readonly staticRoot: string | undefined;
  readonly brotli: boolean;
  /** The named location that passes a request to the app. */
  readonly app: string;
}

/** What nginx needs to know of the assets. */
type AssetsAtNginx = SiteAssets & Omit<AssetsOptions, 'staticRoot'>;

/** What a site's assets add to `http {}` and to `server {}`: nothing, where there are none or the app serves them. */
export function assetLevels(
  assets: SiteAssets | undefined,
  { staticRoot, ...options }: AssetsOptions,
): { readonly http: readonly Statement[]; readonly server: readonly Statement[] } {
  if (assets === undefined) return { http: [], server: [] };
  const why = whyForNodeOnly(assets);
  if (why !== undefined) return { http: [], server: [comment(`The app serves the assets itself: ${why}.`)] };
  const atNginx = { ...assets, ...options, root: staticRoot ?? assets.root };
  return { http: assetMaps(atNginx), server: assetLocations(atNginx) };
}

/**
 * Why the answers can be told only by the code of the site. Of regular expressions, nginx reads those that mean the same
 * byte by byte.
 */
function whyForNodeOnly({
  urlPath,
  serve: { immutable, headers: declared },
}: SiteAssets): string | undefined {
  if (typeof declared === 'function') return '`assets.headers` is a function';
  if (typeof immutable === 'function') return '`assets.immutable` is a function';
  if (/[uv]/.test(immutable.flags)) return '`assets.immutable` has the flag u or v';
  if (urlPath === '/') return '`assets.url` is the root of the site';
  return /^[\w./~-]+$/.test(urlPath)
    ? undefined
    : '`assets.url` has characters that nginx reads in other ways';
}

/** Which requests an asset may answer, and for how long it may be kept. */
function assetMaps(assets: AssetsAtNginx): readonly Statement[] {
  const methods = ['GET', 'HEAD'].map((method) => directive(`${method}||`, variables('$request_uri')));
  return [
    comment('Assets. The Range of one well-formed part; the app judges others.'),
    map('$http_range', '$staticgenerator_asset_range', 'other', [
      directive('', ''),
      directive(pattern('~*\\Abytes=(?:\\d{1,15}-\\d{0,15}|-\\d{1,15})\\z'), ''),
    ]),
    comment('The target of a request that an asset may answer.'),
    map(GATE, '$staticgenerator_asset_target', '', methods),
    comment('The URL of the asset; of a target that passes, $uri is the decoding and nothing else.'),
    map('$staticgenerator_asset_target', '$staticgenerator_asset_uri', '', addresses(assets)),
    comment('Its path below the folder of the assets.'),
    map('$staticgenerator_asset_uri', '$staticgenerator_asset', '', [
      directive(
        pattern(`~\\A${escapePattern(assets.urlPath)}(?<staticgenerator_asset_path>.+)\\z`),
        variables('$staticgenerator_asset_path'),
      ),
    ]),
    ...answerMaps(assets.serve, assets.digested),
  ];
}

function assetLocations(assets: AssetsAtNginx): readonly Statement[] {
  const places = [
    ['^~', assets.urlPath],
    ...assets.serve.rootFiles.map((file) => ['=', `/${file}`] as const),
  ] as const;
  const detour = [
    directive('error_page', DETOUR, '=', ASSETS),
    directive('recursive_error_pages', 'on'),
    directive('return', DETOUR),
  ];
  return [
    ...places.map(([modifier, path]) => block(['location', modifier, path], ...detour)),
    comment('What is no asset, or cannot be read, the app answers.'),
    block(['location', ASSETS], ...lookup(assets), ...codings(assets), ...headers(assets.serve)),
    comment('By now the answer has the headers of the asset. Nobody is to keep it, all the same.'),
    block(
      ['location', NO_SUCH_PART],
      directive('add_header', 'Cache-Control', 'no-store', 'always'),
      directive('return', '416'),
    ),
  ];
}

/** Of dates, nginx would not see that an earlier one is another version's. */
const GATE = '$request_method|$staticgenerator_asset_range|$http_if_unmodified_since';
const ASSETS = '@staticgenerator_assets';
const NO_SUCH_PART = '@staticgenerator_no_such_part';
/** A status that nothing else uses, for the way to one location from several. */
const DETOUR = '418';
const END = '(?:\\?.*)?\\z';

function addresses({ urlPath, serve: { index, rootFiles } }: AssetsAtNginx): readonly Statement[] {
  const start = `~\\A${escapePattern(urlPath)}`;
  const file = `${start}${assetPathSource('file')}`;
  // An index has the address of its folder; the app redirects to it.
  const notIndex = index === undefined ? '' : `(?<!/${escapePattern(index)})`;
  const folder = `${start}${assetPathSource('directory')}${END}`;
  return [
    directive(pattern(`${file}${notIndex}${END}`), variables('$uri')),
    ...(index === undefined ? [] : [directive(pattern(folder), variables(`\${uri}${index}`))]),
    ...rootFiles.map((path) => directive(pattern(`~\\A/${escapePattern(path)}${END}`), `${urlPath}${path}`)),
  ];
}

function answerMaps(serve: ResolvedServeOptions, digested: RegExp): readonly Statement[] {
  const tests = [digested, serve.immutable].filter((test) => test instanceof RegExp);
  const fonts = fontExtensions.join('|');
  const open = { fonts: pattern(`~*\\.(?:${fonts})\\z`), all: pattern('~.'), none: undefined }[
    serve.allowOrigin
  ];
  return [
    comment('Names that carry a hash of the content never change.'),
    map(
      '$staticgenerator_asset',
      '$staticgenerator_asset_age',
      shortCacheControl(serve),
      tests.map((test) => directive(patternOf(test), IMMUTABLE)),
    ),
    comment('Those that pages of other origins may use.'),
    map(
      '$staticgenerator_asset',
      '$staticgenerator_asset_origin',
      '',
      open === undefined ? [] : [directive(open, '*')],
    ),
  ];
}

function lookup({ root, serve, app }: AssetsAtNginx): readonly Statement[] {
  return [
    directive('root', root),
    block(['if', condition('($staticgenerator_asset = "")')], directive('return', '404')),
    directive('error_page', '403', '404', '405', '500', '=', app),
    directive('error_page', '416', NO_SUCH_PART),
    directive('recursive_error_pages', 'on'),
    directive('try_files', variables('/$staticgenerator_asset'), app),
    ...(serve.symlinks ? [] : [directive('disable_symlinks', 'on', `from=${root}`)]),
  ];
}

function codings({ brotli, serve }: AssetsAtNginx): readonly Statement[] {
  return [
    directive('gzip', 'off'),
    directive('gzip_static', 'on'),
    ...(brotli ? [directive('brotli_static', 'on')] : []),
    directive('gzip_vary', 'on'),
    directive('gzip_proxied', 'any'),
    directive('etag', 'on'),
    directive('if_modified_since', 'exact'),
    directive('max_ranges', '1'),
    directive('expires', 'off'),
    directive('absolute_redirect', 'off'),
    directive('charset', 'off'),
    directive('default_type', UNKNOWN_TYPE),
    directive('types_hash_max_size', TYPES_HASH_BYTES),
    typesBlock(serve.types),
  ];
}

const TYPES_HASH_BYTES = '4096';

function headers({ headers: declared }: ResolvedServeOptions): readonly Statement[] {
  const own: readonly (readonly [string, string])[] =
    typeof declared === 'function' ? [] : Object.entries(declared);
  const names = new Set(own.map(([name]) => name.toLowerCase()));
  const decided: readonly (readonly [string, Word])[] = [
    ['Cache-Control', variables('$staticgenerator_asset_age')],
    ['Access-Control-Allow-Origin', variables('$staticgenerator_asset_origin')],
  ];
  return [...decided.filter(([name]) => !names.has(name.toLowerCase())), ...own].map(([name, value]) =>
    directive('add_header', name, value),
  );
}

/** A regular expression of JavaScript in PCRE. */
function patternOf(test: RegExp): Word {
  const modifiers = `${test.multiline ? '(?m)' : ''}${test.dotAll ? '(?s)' : ''}`;
  return pattern(`~${test.ignoreCase ? '*' : ''}${modifiers}${test.source}`);
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
