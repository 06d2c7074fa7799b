import type { AssetAnswer, AssetRequests, Assets, NamePattern } from '../../assets.js';
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
} from '../directives.js';
import { headerVariable } from '../gate.js';

/**
 * Returns the maps of requests that an asset may answer, and of how long it may be kept. Empty if nginx answers none.
 */
export function assetMaps(assets: Assets | undefined): readonly Statement[] {
  if (assets?.servedBy !== 'front') return [];
  return [...requestMaps(assets.requests), ...answerMaps(assets.answer)];
}

function requestMaps(requests: AssetRequests): readonly Statement[] {
  const { methods, bypassHeaders, range, urlPath } = requests;
  const gate = ['$request_method', '$staticgenerator_asset_range', ...bypassHeaders.map(headerVariable)];
  const keyOf = (method: string, range = '') => [method, range, ...bypassHeaders.map(() => '')].join('|');
  return [
    comment(
      'Assets. A Range header with one valid range, which only GET may have. The app handles all others.',
    ),
    map('$http_range', '$staticgenerator_asset_range', 'other', [
      directive('', ''),
      directive(pattern(`~*\\A${range}\\z`), PART),
    ]),
    comment('The target of a request that an asset may answer.'),
    map(
      gate.join('|'),
      '$staticgenerator_asset_target',
      '',
      [...methods.map((method) => keyOf(method)), keyOf('GET', PART)].map((key) =>
        directive(key, variables('$request_uri')),
      ),
    ),
    comment('The URL of the asset. For a target that matches, $uri is exactly its decoded form.'),
    map('$staticgenerator_asset_target', '$staticgenerator_asset_uri', '', addresses(requests)),
    comment('Its path below the folder of the assets.'),
    map('$staticgenerator_asset_uri', '$staticgenerator_asset', '', [
      directive(
        own(`~\\A${escapePattern(urlPath)}(?<staticgenerator_asset_path>.+)\\z`),
        variables('$staticgenerator_asset_path'),
      ),
    ]),
  ];
}

const PART = 'part';
const AGE = '$staticgenerator_asset_age';

const END = '(?:\\?.*)?\\z';

function addresses({ urlPath, paths, index, rootFiles }: AssetRequests): readonly Statement[] {
  const start = `~\\A${escapePattern(urlPath)}`;
  // The address of an index is that of its folder; the app redirects to it.
  const notIndex = index === undefined ? '' : `(?<!/${escapePattern(index)})`;
  const file = pattern(`${start}${paths.file}${notIndex}${END}`);
  const folder = pattern(`${start}${paths.directory}${END}`);
  return [
    directive(file, variables('$uri')),
    ...(index === undefined ? [] : [directive(folder, variables(`\${uri}${index}`))]),
    ...rootFiles.map((path) => directive(pattern(`~\\A/${escapePattern(path)}${END}`), `${urlPath}${path}`)),
  ];
}

function answerMaps({ cacheControl, openTo }: AssetAnswer): readonly Statement[] {
  return [
    ...ageMaps(cacheControl),
    comment('Those that pages of other origins may use.'),
    map('$staticgenerator_asset', '$staticgenerator_asset_origin', '', openNames(openTo)),
  ];
}

/** Judges the name, then the time of the file, which is more reliable, then the names that the site declares. The last one wins. */
function ageMaps({
  immutable,
  immutableNames,
  digestedName,
  years,
  others,
}: AssetAnswer['cacheControl']): readonly Statement[] {
  const byTime = immutableNames === undefined ? AGE : `${AGE}_by_time`;
  return [
    comment('The content of files that collect named by a content hash never changes.'),
    map('$staticgenerator_asset', `${AGE}_by_name`, others, [directive(patternOf(digestedName), immutable)]),
    comment(
      'The year in the time of a file says whether the build named the file by its content, or the name only looks like it.',
    ),
    map('$sent_http_last_modified', byTime, variables(`${AGE}_by_name`), [
      directive(pattern(`~ ${years.build} `), immutable),
      directive(pattern(`~ ${years.nobody} `), others),
    ]),
    ...(immutableNames === undefined
      ? []
      : [
          comment('Files that never change according to the option `assets.immutable`.'),
          map('$staticgenerator_asset', AGE, variables(byTime), [
            directive(patternOf(immutableNames), immutable),
          ]),
        ]),
  ];
}

function openNames(openTo: AssetAnswer['openTo']): readonly Statement[] {
  if (openTo === 'all') return [directive(pattern('~.'), '*')];
  return openTo.length === 0 ? [] : [directive(pattern(`~*\\.(?:${openTo.join('|')})\\z`), '*')];
}

/** Returns a regular expression of JavaScript as PCRE. */
function patternOf({ source, ignoreCase, multiline, dotAll }: NamePattern): Word {
  const modifiers = `${multiline ? '(?m)' : ''}${dotAll ? '(?s)' : ''}`;
  return pattern(`~${ignoreCase ? '*' : ''}${modifiers}${source}`);
}
