import { ASSETS_OF_THE_APP, describeFront, type Front, type FrontConfig, UNCOUNTED } from '../front.js';
import type { Limits } from '../limits.js';
import { appProxy } from './app.js';
import { block, comment, directive, printStatements, raw, type Statement } from './directives.js';
import { hostMap, pageMatcher, queryMap } from './gate.js';
import { type CaddyOptions, type OwnOptions, resolveCaddyOptions } from './options.js';
import { pageRoute, TRIED } from './pages.js';
import { accessLog, caddyfile } from './server.js';

export type { CaddyForm, CaddyOptions } from './options.js';

/**
 * Returns the Caddyfile of a site. Caddy answers from pages as the code would, and passes all other requests on. Throws
 * `ERR_OPTIONS` with every problem of the options.
 */
export function generateCaddy(config: FrontConfig, given: CaddyOptions = {}): string {
  const options = resolveCaddyOptions(config, given);
  return printCaddy(describeFront(config, options), options);
}

/** Returns the text of the decisions. Of the options, it needs those that only Caddy has. */
export function printCaddy(front: Front, options: OwnOptions): string {
  return printStatements(caddyfile(front, siteOf(front), options));
}

/** Refuses a body at once if its declared length is too long. Cuts off a body without a declared length. */
function bodyLimit({ requestBodyBytes: bytes }: Limits): readonly Statement[] {
  if (bytes === undefined) return [];
  const length = '{http.request.header.content-length}';
  return [
    directive(TOO_LONG, 'expression', raw(`${length} != "" && int(${length}) > ${bytes}`)),
    directive('respond', TOO_LONG, '413'),
    block(['request_body'], directive('max_size', String(bytes))),
  ];
}

const TOO_LONG = '@staticgenerator_too_long';
const FAILED = '@staticgenerator_failed';

function siteOf(front: Front): readonly Statement[] {
  const { gate, layout, limits, assets } = front;
  return [
    ...(front.hits === undefined ? [] : [comment(UNCOUNTED)]),
    ...accessLog(front),
    ...(assets === undefined ? [] : [comment(ASSETS_OF_THE_APP)]),
    block(
      ['route'],
      ...bodyLimit(limits),
      ...hostMap(gate),
      ...pageMatcher(gate, layout),
      ...queryMap(layout),
      ...pageRoute(front),
      ...appProxy(front),
    ),
    comment('If Caddy could not read the file, or the file was deleted meanwhile, the app answers.'),
    block(
      ['handle_errors'],
      directive(FAILED, 'expression', raw(TRIED)),
      block(['route', FAILED], ...hostMap(gate), ...appProxy(front)),
    ),
  ];
}
