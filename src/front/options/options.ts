import { maxHeaderSize } from 'node:http';
import { resolve } from 'node:path';
import { StaticGeneratorError } from '../../errors.js';
import type { OptionProblem } from '../../option-reader.js';
import { hostOf, type PageHost, pageHosts } from '../hosts.js';
import type { AppLimits } from '../limits.js';
import type { FrontSite } from '../site.js';
import type { Tls } from '../tls.js';
import type { Visitors } from '../visitors.js';
import {
  checkEach,
  checkNumber,
  isListen,
  isPath,
  isProxy,
  isServerName,
  isUpstream,
  LISTEN_ADDRESS,
  PATH,
  problem,
} from './checks.js';
import { checkTls, resolveTls, type TlsOptions } from './tls.js';

/** What any server in front of the app must know in addition to the site's own configuration. */
export interface FrontOptions extends TlsOptions {
  /** Where the server listens: a port, `address:port` or `unix:/path`. Default: `80`, or `443` with a certificate. */
  readonly listen?: readonly string[];
  /** Where the app listens: `host:port` or `unix:/path`. Default: `127.0.0.1:3000`. */
  readonly upstreams?: readonly string[];
  /**
   * The names of the site. A name with a port is answered from pages with that port only. A name without one is
   * answered without a port and with the ports of `listen`. Default: the site's `hosts`, otherwise `localhost`.
   */
  readonly serverNames?: readonly string[];
  /** The folder of the pages as the server sees it. Default: the site's. */
  readonly webRoot?: string;
  /** STATIC_ROOT as the server sees it. Default: the site's. */
  readonly staticRoot?: string;
  /** How many bytes of headers the app accepts: its `--max-http-header-size`. Default: that of this process. */
  readonly maxHeaderBytes?: number;
  /** The longest body of a request, in bytes. A longer one is answered with 413. Default: the app decides. */
  readonly maxBodyBytes?: number;
  /**
   * The proxies in front of the server that may report a visitor: addresses and networks, or `unix:`. They report the
   * visitor in X-Forwarded-For and X-Forwarded-Proto. Default: no proxy is trusted.
   */
  readonly trust?: readonly string[];
  /** Whether they use the PROXY protocol instead. Every connection must then begin with it. Needs `trust`. */
  readonly proxyProtocol?: boolean;
  /**
   * The file that logs requests, with what the cache said; or `off`. Default: as the surrounding configuration says.
   */
  readonly accessLog?: string;
}

/** {@link FrontOptions}, checked and filled in. */
export interface ResolvedFrontOptions extends AppLimits, Visitors {
  readonly listen: readonly string[];
  readonly upstreams: readonly string[];
  readonly tls: Tls | undefined;
  readonly accessLog: string | undefined;
  readonly hosts: readonly PageHost[];
  readonly webRoot: string;
  /** `undefined` if the site has no assets. */
  readonly staticRoot: string | undefined;
}

/** The part of a site's configuration that the options are checked against and filled in from. */
export type OptionsSite = Pick<FrontSite, 'webRoot' | 'hosts'> & {
  readonly assets?: { readonly root: string } | undefined;
};

/** Options with all defaults filled in, not yet checked. */
type FilledOptions = Required<
  Omit<FrontOptions, 'staticRoot' | 'maxBodyBytes' | 'accessLog' | keyof TlsOptions>
> & {
  readonly staticRoot: string | undefined;
  readonly maxBodyBytes: number | undefined;
  readonly accessLog: string | undefined;
};

const MIN_HEADER_BYTES = 1_024;
const MAX_HEADER_BYTES = 16_777_216;
const MAX_BODY_BYTES = 1_099_511_627_776;

/**
 * Checks options and fills in defaults. `server.problems` are those of the options that only this server has. Throws
 * one `ERR_OPTIONS` that names every problem.
 */
export function resolveFrontOptions(
  site: OptionsSite,
  given: FrontOptions,
  server: { readonly name: string; readonly problems: readonly OptionProblem[] },
): ResolvedFrontOptions {
  const options = fillIn(site, given);
  const problems = [...server.problems, ...problemsOf(options, site.hosts), ...checkTls(given)];
  if (problems.length > 0) throw optionsError(server.name, problems);
  const { listen, upstreams, serverNames, webRoot, staticRoot } = options;
  const { maxHeaderBytes, maxBodyBytes, trust, proxyProtocol, accessLog } = options;
  return {
    listen: unique(listen),
    upstreams: unique(upstreams),
    tls: resolveTls(given),
    accessLog,
    hosts: pageHosts(serverNames, listen),
    webRoot: resolve(webRoot),
    staticRoot: staticRoot === undefined ? undefined : resolve(staticRoot),
    ...{ maxHeaderBytes, maxBodyBytes },
    trust: unique(trust),
    proxyProtocol,
  };
}

function fillIn(site: OptionsSite, given: FrontOptions): FilledOptions {
  return {
    listen: given.listen ?? [given.tlsCertificate === undefined ? '80' : '443'],
    upstreams: given.upstreams ?? ['127.0.0.1:3000'],
    serverNames: given.serverNames ?? (site.hosts.length > 0 ? site.hosts : ['localhost']),
    webRoot: given.webRoot ?? site.webRoot,
    staticRoot: given.staticRoot ?? site.assets?.root,
    maxHeaderBytes: given.maxHeaderBytes ?? maxHeaderSize,
    maxBodyBytes: given.maxBodyBytes,
    trust: given.trust ?? [],
    proxyProtocol: given.proxyProtocol ?? false,
    accessLog: given.accessLog,
  };
}

function problemsOf(options: FilledOptions, hosts: readonly string[]): readonly OptionProblem[] {
  const { listen, upstreams, serverNames, webRoot, staticRoot, maxHeaderBytes, maxBodyBytes, accessLog } =
    options;
  return [
    ...checkEach('listen', listen, isListen, LISTEN_ADDRESS),
    ...checkEach('upstream', upstreams, isUpstream, 'host:port or unix:/path'),
    ...checkServerNames(serverNames, hosts),
    ...checkEach('web-root', [webRoot], isPath, PATH),
    ...(staticRoot === undefined ? [] : checkEach('static-root', [staticRoot], isPath, PATH)),
    ...checkNumber('max-http-header-size', maxHeaderBytes, [MIN_HEADER_BYTES, MAX_HEADER_BYTES], 'bytes'),
    ...(maxBodyBytes === undefined
      ? []
      : checkNumber('max-body-size', maxBodyBytes, [1, MAX_BODY_BYTES], 'bytes')),
    ...checkVisitors(options),
    ...(accessLog === undefined || accessLog === 'off'
      ? []
      : checkEach('access-log', [accessLog], isPath, `${PATH}, or off`)),
  ];
}

function checkVisitors({ trust, proxyProtocol }: Visitors): readonly OptionProblem[] {
  const expected = 'an address, a network such as 10.0.0.0/8, or unix:';
  if (trust.length > 0) return checkEach('trust', trust, isProxy, expected);
  return proxyProtocol
    ? [problem('trust', 'the addresses of the proxies that speak the PROXY protocol', 'nothing')]
    : [];
}

/** The app stores no pages for hosts other than its own. */
function checkServerNames(
  serverNames: readonly string[],
  hosts: readonly string[],
): readonly OptionProblem[] {
  const isKnown = (value: string) => hosts.length === 0 || hosts.includes(hostOf(value));
  const expected = hosts.length === 0 ? 'a host name' : `one of \`hosts\` (${hosts.join(', ')})`;
  return checkEach(
    'server-name',
    serverNames,
    (value) => isServerName(value) && isKnown(value),
    `${expected}, with or without a port`,
  );
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function optionsError(server: string, problems: readonly OptionProblem[]): StaticGeneratorError {
  const message = problems.map((one) => one.message).join('\n  ');
  return new StaticGeneratorError(
    'ERR_OPTIONS',
    `The ${server} configuration cannot be generated:\n  ${message}`,
    { fields: { problems } },
  );
}
