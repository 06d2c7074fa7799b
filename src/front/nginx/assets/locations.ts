import type { AppOnly, AssetAnswer, AssetDecision, ServedAssets } from '../../assets.js';
import type { Front } from '../../front.js';
import { APP } from '../app.js';
import { block, comment, condition, directive, own, type Statement, variables } from '../directives.js';
import { codings, typesBlock, validators } from '../files.js';
import { alternative } from '../server/listen.js';

/** Returns the locations of the assets. If the app answers for them, returns a comment that says why. */
export function assetLocations(front: Front, { brotli }: { readonly brotli: boolean }): readonly Statement[] {
  const { assets } = front;
  if (assets === undefined) return [];
  if (assets.servedBy === 'app')
    return [comment(`The app serves the assets itself: ${reasons[assets.because]}.`)];
  return [
    ...detours(assets),
    comment('If it is not an asset, or cannot be read, the app answers.'),
    block(
      ['location', ASSETS],
      ...lookup(assets),
      ...files(assets.answer, brotli),
      ...headers(assets.answer),
      ...alternative(front),
    ),
    comment('The response already has the headers of the asset. It must not be cached nevertheless.'),
    block(
      ['location', NO_SUCH_PART],
      directive('add_header', 'Cache-Control', 'no-store', 'always'),
      directive('return', '416'),
    ),
  ];
}

const reasons: Readonly<Record<AppOnly, string>> = {
  'headers-function': '`assets.headers` is a function',
  'immutable-function': '`assets.immutable` is a function',
  'immutable-characters': '`assets.immutable` has the flag u or v',
  'url-of-the-site': '`assets.url` is the root of the site',
  'url-characters': '`assets.url` has characters that nginx interprets differently',
};

const ASSETS = own('@staticgenerator_assets');
const NO_SUCH_PART = own('@staticgenerator_no_such_part');
/** A status that nothing else uses. With it, several locations lead to one. */
const DETOUR = '418';
const TYPES_HASH_BYTES = '4096';

function detours({ requests: { urlPath, rootFiles } }: ServedAssets): readonly Statement[] {
  const places = [['^~', urlPath] as const, ...rootFiles.map((file) => ['=', `/${file}`] as const)];
  const detour = [
    directive('error_page', DETOUR, '=', ASSETS),
    directive('recursive_error_pages', 'on'),
    directive('return', DETOUR),
  ];
  return places.map(([modifier, path]) => block(['location', modifier, path], ...detour));
}

function lookup({ root, symlinks }: ServedAssets): readonly Statement[] {
  return [
    directive('root', root),
    block(['if', condition('($staticgenerator_asset = "")')], directive('return', '404')),
    directive('error_page', '403', '404', '405', '500', '=', APP),
    directive('error_page', '416', NO_SUCH_PART),
    directive('recursive_error_pages', 'on'),
    directive('try_files', variables('/$staticgenerator_asset'), APP),
    ...(symlinks ? [] : [directive('disable_symlinks', 'on', `from=${root}`)]),
  ];
}

function files(answer: AssetAnswer, brotli: boolean): readonly Statement[] {
  return [
    ...codings(answer, brotli),
    ...validators(answer),
    directive('default_type', answer.unknownType),
    directive('types_hash_max_size', TYPES_HASH_BYTES),
    typesBlock(answer),
  ];
}

const variableOf: Readonly<Record<AssetDecision['decidedBy'], string>> = {
  cacheControl: '$staticgenerator_asset_age',
  openTo: '$staticgenerator_asset_origin',
};

function headers({ headers: sent }: AssetAnswer): readonly Statement[] {
  return sent.map(([name, value]) =>
    directive('add_header', name, typeof value === 'string' ? value : variables(variableOf[value.decidedBy])),
  );
}
