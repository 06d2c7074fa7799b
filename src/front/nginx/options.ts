import { isAbsolute, resolve } from 'node:path';
import type { ResolvedConfig } from '../../config.js';
import { StaticGeneratorError } from '../../errors.js';
import type { OptionProblem } from '../../option-reader.js';

/** How a site's configuration is to be generated; a list is repeated in nginx. */
export interface NginxOptions {
  /**
   * `default`: all that goes to the http level, for `conf.d`. `whole`: a complete nginx.conf. `http` and `server`: the
   * pair to include in a server that is there already.
   */
  readonly form?: NginxForm;
  /** Where nginx listens: a port, `address:port` or `unix:/path`. In the pair: on which ports. Default: `80`. */
  readonly listen?: readonly string[];
  /** Where the app listens: `host:port` or `unix:/path`. Default: `127.0.0.1:3000`. */
  readonly upstreams?: readonly string[];
  /**
   * The names of the site. A name with a port is answered from pages with that port only; one without, bare and with the
   * ports of `listen`. Default: the site's `hosts`, else `localhost`.
   */
  readonly serverNames?: readonly string[];
  /** The folder of the pages as nginx sees it. Default: the site's. */
  readonly webRoot?: string;
  /** STATIC_ROOT as nginx sees it. Default: the site's. */
  readonly staticRoot?: string;
  /** Whether .br files are served. Default: no. */
  readonly brotli?: boolean;
  /** The module to load for that, in a whole nginx.conf. Default: none, it is built in. */
  readonly brotliModule?: string;
}

export type NginxForm = 'default' | 'whole' | 'http' | 'server';

/** {@link NginxOptions}, checked and filled in. */
export interface ResolvedNginxOptions {
  readonly form: NginxForm;
  readonly listen: readonly string[];
  readonly upstreams: readonly string[];
  readonly hosts: readonly PageHost[];
  readonly webRoot: string;
  /** Undefined: the site has no assets. */
  readonly staticRoot: string | undefined;
  readonly brotli: boolean;
  readonly brotliModule: string | undefined;
}

/** A host that has pages, by every value of the Host header that means it. */
export interface PageHost {
  readonly name: string;
  readonly hostHeaders: readonly string[];
}

const forms: readonly string[] = ['default', 'whole', 'http', 'server'] satisfies readonly NginxForm[];
const LISTEN = /^(?:(?:[a-z0-9.-]+|\*|\[[0-9a-f:.]+\]):)?\d{1,5}$|^unix:\/[^\s:;$?"'\\{}]+$/i;
const UPSTREAM = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\]):\d{1,5}$|^unix:\/[^\s:;$?"'\\{}]+$/i;
const SERVER_NAME = /^(?:(?!-)[a-z0-9_-]{1,63}(?:\.(?!-)[a-z0-9_-]{1,63})*|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
const MAX_PORT = 65_535;
const FOLDER = 'an absolute path without `$` and control characters';
/** Clients leave these out of the Host header. */
const impliedPorts = ['80', '443'];

/** Checks options and fills in defaults. Throws one `ERR_OPTIONS` that names every problem. */
export function resolveNginxOptions(
  site: Pick<ResolvedConfig, 'webRoot' | 'hosts'> & {
    readonly assets?: { readonly root: string } | undefined;
  },
  given: NginxOptions,
): ResolvedNginxOptions {
  const {
    form = 'default',
    listen = ['80'],
    upstreams = ['127.0.0.1:3000'],
    brotli = false,
    brotliModule,
  } = given;
  const serverNames = given.serverNames ?? (site.hosts.length > 0 ? site.hosts : ['localhost']);
  const webRoot = given.webRoot ?? site.webRoot;
  const staticRoot = given.staticRoot ?? site.assets?.root;
  const problems = [
    ...(forms.includes(form) ? [] : [problem('form', `one of ${forms.join(', ')}`, form)]),
    ...checkEach('listen', listen, isListen, 'a port, address:port or unix:/path'),
    ...checkEach('upstream', upstreams, isUpstream, 'host:port or unix:/path'),
    ...checkServerNames(serverNames, site.hosts),
    ...checkEach('web-root', [webRoot], isWebRoot, FOLDER),
    ...(staticRoot === undefined ? [] : checkEach('static-root', [staticRoot], isWebRoot, FOLDER)),
  ];
  if (problems.length > 0) throw optionsError(problems);
  const hosts = pageHosts(serverNames, listen);
  return {
    form,
    listen: unique(listen),
    upstreams: unique(upstreams),
    hosts,
    webRoot: resolve(webRoot),
    staticRoot: staticRoot === undefined ? undefined : resolve(staticRoot),
    brotli,
    brotliModule,
  };
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

const isListen = (value: string): boolean => LISTEN.test(value) && hasPossiblePort(`:${value}`);
const isUpstream = (value: string): boolean => UPSTREAM.test(value) && hasPossiblePort(value);
const isServerName = (value: string): boolean => SERVER_NAME.test(value) && hasPossiblePort(value);
const isWebRoot = (value: string): boolean => isAbsolute(value) && !/\p{Cc}|\$/u.test(value);

/** The app would let other hosts than its own pass by. */
function checkServerNames(
  serverNames: readonly string[],
  hosts: readonly string[],
): readonly OptionProblem[] {
  const isKnown = (value: string) => hosts.length === 0 || hosts.includes(splitPort(value).name);
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

/** The port of an address, or of a host name that has one. */
function portOf(address: string): string | undefined {
  return /:(\d+)$/.exec(address)?.[1];
}

function splitPort(serverName: string): { readonly name: string; readonly port: string | undefined } {
  return { name: serverName.replace(/:\d+$/, '').toLowerCase(), port: portOf(serverName) };
}

/** Each host once, with the Host headers that mean it: another port is another site's address, or an attempt to be one. */
function pageHosts(serverNames: readonly string[], listen: readonly string[]): readonly PageHost[] {
  const listened = listen.flatMap((address) => portOf(`:${address}`) ?? []);
  const ports = listened.filter((port) => !impliedPorts.includes(port)).map((port) => `:${port}`);
  const hosts = new Map<string, string[]>();
  for (const serverName of serverNames) {
    const { name, port } = splitPort(serverName);
    const suffixes = port === undefined ? ['', ...ports] : [`:${port}`];
    hosts.set(name, [...(hosts.get(name) ?? []), ...suffixes.map((suffix) => `${name}${suffix}`)]);
  }
  return [...hosts].map(([name, hostHeaders]) => ({ name, hostHeaders: unique(hostHeaders) }));
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}

function problem(option: string, expected: string, got: string): OptionProblem {
  return { option, message: `Expected \`--${option}\` to be ${expected}, got ${got}` };
}

function optionsError(problems: readonly OptionProblem[]): StaticGeneratorError {
  const message = problems.map((one) => one.message).join('\n  ');
  return new StaticGeneratorError(
    'ERR_OPTIONS',
    `The nginx configuration cannot be generated:\n  ${message}`,
    {
      fields: { problems },
    },
  );
}
