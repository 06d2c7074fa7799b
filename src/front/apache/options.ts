import type { OptionProblem } from '../../option-reader.js';
import { checkEach, isPath, PATH, problem } from '../options/checks.js';
import {
  type FrontOptions,
  type OptionsSite,
  type ResolvedFrontOptions,
  resolveFrontOptions,
} from '../options/options.js';

/** How to generate the configuration of a site for Apache. */
export interface ApacheOptions extends FrontOptions {
  /** `default`: one site, for sites-available. `whole`: a complete configuration. */
  readonly form?: ApacheForm;
  /** The folder of Apache's modules, in a whole configuration. Default: that of Debian. */
  readonly modules?: string;
}

export type ApacheForm = 'default' | 'whole';

/** {@link ApacheOptions}, checked and filled in. */
export interface ResolvedApacheOptions extends ResolvedFrontOptions, OwnOptions {}

/** The options that no other server has. */
export interface OwnOptions {
  readonly form: ApacheForm;
  readonly modules: string;
}

const MODULES = '/usr/lib/apache2/modules';

/** Throws `ERR_OPTIONS` with every problem, including what Apache cannot do. */
export function resolveApacheOptions(site: OptionsSite, given: ApacheOptions): ResolvedApacheOptions {
  const own = { form: given.form ?? 'default', modules: given.modules ?? MODULES } as const;
  const problems = [...checkEach('modules', [own.modules], isPath, PATH), ...impossible(site, given)];
  return { ...resolveFrontOptions(site, given, { name: 'Apache', problems }), ...own };
}

/** Returns the options that Apache cannot fulfill, each with what to do instead. */
function impossible(site: OptionsSite, given: ApacheOptions): readonly OptionProblem[] {
  const { listen = [], trust = [], proxyProtocol = false, http3 = false, redirectFrom = [] } = given;
  const { maxBodyBytes } = given;
  const sockets = [...listen, ...redirectFrom].filter((address) => address.startsWith('unix:'));
  const root = given.webRoot ?? site.webRoot;
  return [
    ...sockets.map((address) =>
      problem('listen', 'an address, because Apache cannot listen on a socket; use 127.0.0.1', address),
    ),
    ...(trust.includes('unix:')
      ? [problem('trust', 'addresses, because Apache gets no connections through sockets', 'unix:')]
      : []),
    ...(proxyProtocol
      ? [
          problem(
            'proxy-protocol',
            'left out: Apache accepts the PROXY protocol from every client, not only from --trust; let the proxy send X-Forwarded-For, or use nginx',
            'it',
          ),
        ]
      : []),
    ...(maxBodyBytes === undefined
      ? []
      : [
          problem(
            'max-body-size',
            'left out: Apache does not limit the bodies that it passes on; limit them in the app, for example with `express.json({ limit })`',
            String(maxBodyBytes),
          ),
        ]),
    ...(http3
      ? [problem('http3', 'left out: Apache speaks HTTP/1.1 and HTTP/2; use nginx or Caddy for HTTP/3', 'it')]
      : []),
    ...(/[?"\\]/.test(root)
      ? [problem('web-root', 'a path without ? and " and \\, which mod_rewrite reads', JSON.stringify(root))]
      : []),
  ];
}
