import { onTestFinished } from 'vitest';
import type { Options, ResolvedConfig } from '../../../src/config.js';
import { generateApache } from '../../../src/front/apache/generate.js';
import { generateCaddy } from '../../../src/front/caddy/generate.js';
import type { FrontConfig } from '../../../src/front/front.js';
import type { FrontOptions } from '../../../src/front/options/options.js';
import { apacheModules, installed, type OtherServer, startServer } from '../../helpers/servers/web-server.js';
import { type Addresses, type RunningFront, startFrontOf } from './front.js';

/** A running server other than nginx, with its generated configuration. */
export interface ServerFront extends RunningFront {
  errorLog(): string;
}

export interface ServerFrontOptions {
  readonly site?: Partial<Options>;
  readonly options?: FrontOptions;
  readonly edit?: (configuration: string) => string;
  /** Returns the configuration that the server is started with. Default: the whole generated configuration. */
  readonly compose?: (config: ResolvedConfig, addresses: Addresses) => string;
}

type Generate = (config: FrontConfig, options: FrontOptions) => string;

export const generators: Readonly<Record<OtherServer, Generate>> = {
  apache2: (config, options) =>
    generateApache(config, { form: 'whole', modules: apacheModules(), ...options }),
  caddy: (config, options) => generateCaddy(config, { form: 'whole', ...options }),
};

/**
 * Removes the pages from a configuration: everything goes to the app, as it would be passed on if there were no pages.
 */
export const withoutPagesOf: Readonly<Record<OtherServer, (configuration: string) => string>> = {
  apache2: (text) => without(text, /^ *RewriteRule .*staticgenerator_page:1.*\n/m),
  caddy: (text) => text.replaceAll('{http.request.method} in ["GET", "HEAD"]', 'false'),
};

function without(configuration: string, line: RegExp): string {
  if (!line.test(configuration)) throw new Error(`Expected the configuration to have a line ${line}`);
  return configuration.replace(line, '');
}

/** The servers that are installed. */
export const servers: readonly OtherServer[] = (['apache2', 'caddy'] as const).filter(
  (name) => installed(name) !== undefined,
);

export async function startServerFront(
  name: OtherServer,
  {
    site = {},
    options = {},
    edit = (text) => text,
    compose = (config, addresses) => generators[name](config, { ...addresses, ...options }),
  }: ServerFrontOptions = {},
): Promise<ServerFront> {
  const { front, server } = await startFrontOf(
    site,
    async (config, addresses) => await startServer(name, edit(compose(config, addresses))),
  );
  return { ...front, errorLog: server.errorLog };
}

/** Starts a server in front for one test. */
export async function serverFrontOfTest(
  server: OtherServer,
  options: ServerFrontOptions = {},
): Promise<ServerFront> {
  const front = await startServerFront(server, options);
  onTestFinished(() => front.stop());
  return front;
}
