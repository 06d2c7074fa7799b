import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Options, ResolvedConfig } from '../../../src/config.js';
import { generateApache } from '../../../src/front/apache/generate.js';
import { generateCaddy } from '../../../src/front/caddy/generate.js';
import type { FrontConfig } from '../../../src/front/front.js';
import type { FrontOptions } from '../../../src/front/options/options.js';
import { freePort } from '../../helpers/servers/ports.js';
import { rawRequest } from '../../helpers/servers/raw-http.js';
import { apacheModules, installed, type OtherServer, startServer } from '../../helpers/servers/web-server.js';
import { type EchoApp, startEchoApp } from './echo-app.js';
import { type Exchange, placeFile } from './nginx-front.js';
import { siteConfig } from './site-config.js';

/** A running server other than nginx with a folder of pages, in front of an app that reports its requests. */
export interface ServerFront {
  readonly config: ResolvedConfig;
  readonly port: number;
  readonly webRoot: string;
  readonly app: EchoApp;
  errorLog(): string;
  place(file: string, body: string | Buffer): string;
  ask(bytes: string | Buffer): Promise<Exchange>;
  stop(): Promise<void>;
}

export interface ServerFrontOptions {
  readonly site?: Partial<Options>;
  readonly options?: FrontOptions;
  readonly edit?: (configuration: string) => string;
  /** Returns the configuration that the server is started with. Default: the whole generated configuration. */
  readonly compose?: (config: ResolvedConfig, addresses: Addresses) => string;
}

type Addresses = Required<Pick<FrontOptions, 'listen' | 'upstreams'>>;

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
  server: OtherServer,
  {
    site = {},
    options = {},
    edit = (text) => text,
    compose = (config, addresses) => generators[server](config, { ...addresses, ...options }),
  }: ServerFrontOptions = {},
): Promise<ServerFront> {
  const webRoot = mkdtempSync(join(tmpdir(), 'pages-'));
  chmodSync(webRoot, 0o755);
  const config = siteConfig({ webRoot, ...site });
  const [app, port] = [await startEchoApp(), await freePort()];
  const addresses = { listen: [`127.0.0.1:${port}`], upstreams: [`127.0.0.1:${app.port}`] };
  const stopOthers = async () => {
    await app.stop();
    rmSync(webRoot, { recursive: true, force: true });
  };
  const start = async () => await startServer(server, edit(compose(config, addresses)));
  const running = await start().catch(async (error) => {
    await stopOthers();
    throw error;
  });
  return {
    ...{ config, port, webRoot, app, errorLog: running.errorLog },
    place: (file, body) => placeFile(join(webRoot, file), body),
    async ask(bytes) {
      app.seen.length = 0;
      return { response: await rawRequest(port, bytes), seen: [...app.seen] };
    },
    async stop() {
      await running.stop();
      await stopOthers();
    },
  };
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
