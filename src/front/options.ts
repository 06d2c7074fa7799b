import { maxHeaderSize } from 'node:http';
import { isAbsolute, resolve } from 'node:path';
import { StaticGeneratorError } from '../errors.js';
import type { OptionProblem } from '../option-reader.js';
import { hostOf, type PageHost, pageHosts, portOf } from './hosts.js';
import type { AppLimits } from './limits.js';
import type { FrontSite } from './site.js';

/** What any server in front of the app has to know besides the site's own configuration. */
export interface FrontOptions {
  /** Where the server listens: a port, `address:port` or `unix:/path`. Default: `80`. */
  readonly listen?: readonly string[];
  /** Where the app listens: `host:port` or `unix:/path`. Default: `127.0.0.1:3000`. */
  readonly upstreams?: readonly string[];
  /**
   * The names of the site. A name with a port is answered from pages with that port only; one without, bare and with the
   * ports of `listen`. Default: the site's `hosts`, else `localhost`.
   */
  readonly serverNames?: readonly string[];
  /** The folder of the pages as the server sees it. Default: the site's. */
  readonly webRoot?: string;
  /** STATIC_ROOT as the server sees it. Default: the site's. */
  readonly staticRoot?: string;
  /** What the app takes of headers: its `--max-http-header-size`. Default: that of this process. */
  readonly maxHeaderBytes?: number;
  /** The longest body of a request; a longer one is answered 413. Default: the app decides. */
  readonly maxBodyBytes?: number;
}

/** {@link FrontOptions}, checked and filled in. */
export interface ResolvedFrontOptions extends AppLimits {
  readonly listen: readonly string[];
  readonly upstreams: readonly string[];
  readonly hosts: readonly PageHost[];
  readonly webRoot: string;
  /** Undefined: the site has no assets. */
  readonly staticRoot: string | undefined;
}

/** What of a site's configuration the options are checked against and filled in from. */
export type OptionsSite = Pick<FrontSite, 'webRoot' | 'hosts'> & {
  readonly assets?: { readonly root: string } | undefined;
};

/** Options with nothing left out, not yet checked. */
type FilledOptions = Required<Omit<FrontOptions, 'staticRoot' | 'maxBodyBytes'>> & {
  readonly staticRoot: string | undefined;
  readonly maxBodyBytes: number | undefined;
};

const LISTEN = /^(?:(?:[a-z0-9.-]+|\*|\[[0-9a-f:.]+\]):)?\d{1,5}$|^unix:\/[^\s:;$?"'\\{}]+$/i;
const UPSTREAM = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\]):\d{1,5}$|^unix:\/[^\s:;$?"'\\{}]+$/i;
const SERVER_NAME = /^(?:(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const MAX_PORT = 65_535;
const MIN_HEADER_BYTES = 1_024;
const MAX_HEADER_BYTES = 16_777_216;
const MAX_BODY_BYTES = 1_099_511_627_776;
const FOLDER = 'an absolute path without `$` and control characters';

/**
 * Checks options and fills in defaults. `others` are the problems of options that only `server` has. Throws one
 * `ERR_OPTIONS` that names every problem.
 */
export function resolveFrontOptions(
  site: OptionsSite,
  given: FrontOptions,
  server: { readonly name: string; readonly problems: readonly OptionProblem[] },
): ResolvedFrontOptions {
  const options = fillIn(site, given);
  const problems = [...server.problems, ...problemsOf(options, site.hosts)];
  if (problems.length > 0) throw optionsError(server.name, problems);
  const { listen, upstreams, serverNames, webRoot, staticRoot, maxHeaderBytes, maxBodyBytes } = options;
  return {
    listen: unique(listen),
    upstreams: unique(upstreams),
    hosts: pageHosts(serverNames, listen),
    webRoot: resolve(webRoot),
    staticRoot: staticRoot === undefined ? undefined : resolve(staticRoot),
    ...{ maxHeaderBytes, maxBodyBytes },
  };
}

/** A problem in the words of the command line, which is where most options are written. */
export function problem(option: string, expected: string, got: string): OptionProblem {
  return { option, message: `Expected \`--${option}\` to be ${expected}, got ${got}` };
}

function fillIn(site: OptionsSite, given: FrontOptions): FilledOptions {
  return {
    listen: given.listen ?? ['80'],
    upstreams: given.upstreams ?? ['127.0.0.1:3000'],
    serverNames: given.serverNames ?? (site.hosts.length > 0 ? site.hosts : ['localhost']),
    webRoot: given.webRoot ?? site.webRoot,
    staticRoot: given.staticRoot ?? site.assets?.root,
    maxHeaderBytes: given.maxHeaderBytes ?? maxHeaderSize,
    maxBodyBytes: given.maxBodyBytes,
  };
}

function problemsOf(
  { listen, upstreams, serverNames, webRoot, staticRoot, maxHeaderBytes, maxBodyBytes }: FilledOptions,
  hosts: readonly string[],
): readonly OptionProblem[] {
  return [
    ...checkEach('listen', listen, isListen, 'a port, address:port or unix:/path'),
    ...checkEach('upstream', upstreams, isUpstream, 'host:port or unix:/path'),
    ...checkServerNames(serverNames, hosts),
    ...checkEach('web-root', [webRoot], isFolder, FOLDER),
    ...(staticRoot === undefined ? [] : checkEach('static-root', [staticRoot], isFolder, FOLDER)),
    ...checkBytes('max-http-header-size', maxHeaderBytes, [MIN_HEADER_BYTES, MAX_HEADER_BYTES]),
    ...(maxBodyBytes === undefined ? [] : checkBytes('max-body-size', maxBodyBytes, [1, MAX_BODY_BYTES])),
  ];
}

function checkEach(
  option: string,
  values: readonly string[],
  isRight: (value: string) => boolean,
  expected: string,
): readonly OptionProblem[] {
  if (values.length === 0) return [problem(option, expected, 'nothing')];
  return values
    .filter((value) => !isRight(value))
    .map((value) => problem(option, expected, JSON.stringify(value)));
}

function checkBytes(
  option: string,
  bytes: number,
  [least, most]: readonly [least: number, most: number],
): readonly OptionProblem[] {
  if (Number.isInteger(bytes) && bytes >= least && bytes <= most) return [];
  return [problem(option, `a whole number of bytes from ${least} to ${most}`, String(bytes))];
}

const isListen = (value: string): boolean => LISTEN.test(value) && hasPossiblePort(`:${value}`);
const isUpstream = (value: string): boolean => UPSTREAM.test(value) && hasPossiblePort(value);
const isServerName = (value: string): boolean => SERVER_NAME.test(value) && hasPossiblePort(value);
const isFolder = (value: string): boolean => isAbsolute(value) && !/\p{Cc}|\$/u.test(value);

/** The app makes no pages for other hosts than its own. */
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

function hasPossiblePort(address: string): boolean {
  const port = portOf(address);
  return port === undefined || (Number(port) >= 1 && Number(port) <= MAX_PORT);
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
