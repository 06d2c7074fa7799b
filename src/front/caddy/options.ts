import type { OptionProblem } from '../../option-reader.js';
import { problem } from '../options/checks.js';
import {
  type FrontOptions,
  type OptionsSite,
  type ResolvedFrontOptions,
  resolveFrontOptions,
} from '../options/options.js';
import { placesOf } from './listen.js';

/** How to generate the Caddyfile of a site. */
export interface CaddyOptions extends FrontOptions {
  /** `default`: the block of one site, for a Caddyfile that has others. `whole`: a complete Caddyfile. */
  readonly form?: CaddyForm;
}

export type CaddyForm = 'default' | 'whole';

/** {@link CaddyOptions}, checked and filled in. */
export interface ResolvedCaddyOptions extends ResolvedFrontOptions, OwnOptions {}

/** The options that no other server has. */
export interface OwnOptions {
  readonly form: CaddyForm;
}

/** Throws `ERR_OPTIONS` with every problem, including what Caddy cannot do. */
export function resolveCaddyOptions(site: OptionsSite, given: CaddyOptions): ResolvedCaddyOptions {
  const form = given.form ?? 'default';
  const problems = impossible(site, given);
  return { ...resolveFrontOptions(site, given, { name: 'Caddy', problems }), form };
}

/** Returns the options that Caddy cannot fulfill, each with what to do instead. */
function impossible(site: OptionsSite, given: CaddyOptions): readonly OptionProblem[] {
  const root = given.webRoot ?? site.webRoot;
  const isReadable = !/[*?[\]{}\\`]/.test(root);
  return [
    ...addressProblems(given),
    ...visitorProblems(given),
    ...versionProblems(given),
    ...(isReadable
      ? []
      : [
          problem(
            'web-root',
            'a path without the characters *?[]{}\\ and backquotes, which Caddy reads',
            JSON.stringify(root),
          ),
        ]),
  ];
}

function addressProblems({ listen = [], redirectFrom = [] }: CaddyOptions): readonly OptionProblem[] {
  const expected = 'the same ports at each address, as Caddy has them; list every address with every port';
  return Object.entries({ listen, 'redirect-from': redirectFrom })
    .filter(([, addresses]) => placesOf(addresses) === undefined)
    .map(([option, addresses]) => problem(option, expected, addresses.join(', ')));
}

function visitorProblems({ trust = [], proxyProtocol = false }: CaddyOptions): readonly OptionProblem[] {
  const untold =
    'left out: Caddy 2.6 does not say which of several forwarded addresses is the visitor; use nginx or Apache behind a proxy';
  const unread = 'left out: Caddy 2.6 does not read it; use nginx behind such a proxy';
  return [
    ...(trust.length === 0 ? [] : [problem('trust', untold, trust.join(', '))]),
    ...(proxyProtocol ? [problem('proxy-protocol', unread, 'it')] : []),
  ];
}

function versionProblems({ http2, http3, form = 'default' }: CaddyOptions): readonly OptionProblem[] {
  if (form === 'whole' || (http2 !== false && http3 !== true)) return [];
  const expected = 'given with --whole: versions of HTTP are set for all sites of a Caddyfile';
  return [problem(http3 === true ? 'http3' : 'no-http2', expected, 'it without')];
}
