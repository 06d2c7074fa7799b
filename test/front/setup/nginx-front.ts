import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Options, ResolvedConfig } from '../../../src/config.js';
import { generateNginx, type NginxOptions } from '../../../src/front/nginx/generate.js';
import { type RunningNginx, startNginx } from '../../helpers/servers/nginx.js';
import { freePort } from '../../helpers/servers/ports.js';
import { type RawResponse, rawRequest } from '../../helpers/servers/raw-http.js';
import { type EchoApp, type SeenRequest, startEchoApp } from './echo-app.js';
import { siteConfig } from './site-config.js';

/**
 * A running nginx with the generated configuration and a folder of pages, in front of an app that reports its requests.
 */
export interface Front {
  readonly config: ResolvedConfig;
  readonly port: number;
  readonly webRoot: string;
  readonly app: EchoApp;
  readonly nginx: RunningNginx;
  /** Writes a file below WEB_ROOT, with the modes of pages. */
  place(file: string, body: string | Buffer): string;
  /** Sends bytes to nginx. Returns its answer, and the requests that the app got meanwhile. */
  ask(bytes: string | Buffer): Promise<Exchange>;
  stop(): Promise<void>;
}

export interface Exchange {
  readonly response: RawResponse;
  readonly seen: readonly SeenRequest[];
}

export interface FrontOptions {
  readonly site?: Partial<Options>;
  readonly nginx?: NginxOptions;
  /** Returns the configuration that nginx is started with. Default: the whole generated configuration. */
  readonly compose?: (config: ResolvedConfig, addresses: Addresses) => string;
  /** Changes the generated text, to show what a test would notice. */
  readonly edit?: (configuration: string) => string;
}

type Addresses = Required<Pick<NginxOptions, 'listen' | 'upstreams'>>;

export const HIT = 'staticgenerator; hit';
/** Any time except now: only a time that is derived from the content identifies it. */
export const MODIFIED_SECONDS = 1_234_567_890;

export async function startFront({
  site = {},
  nginx: options = {},
  compose = (config, addresses) => generateNginx(config, { form: 'whole', ...addresses, ...options }),
  edit = (text) => text,
}: FrontOptions = {}): Promise<Front> {
  const webRoot = mkdtempSync(join(tmpdir(), 'pages-'));
  chmodSync(webRoot, 0o755);
  const config = siteConfig({ webRoot, ...site });
  const [app, port] = [await startEchoApp(), await freePort()];
  const addresses = { listen: [`127.0.0.1:${port}`], upstreams: [`127.0.0.1:${app.port}`] };
  const nginx = await startNginx(edit(compose(config, addresses)));
  return {
    ...{ config, port, webRoot, app, nginx },
    place: (file, body) => placeFile(join(webRoot, file), body),
    async ask(bytes) {
      app.seen.length = 0;
      return { response: await rawRequest(port, bytes), seen: [...app.seen] };
    },
    async stop() {
      await nginx.stop();
      await app.stop();
      rmSync(webRoot, { recursive: true, force: true });
    },
  };
}

/** Starts a server in front for one test. */
export async function frontOfTest(options: FrontOptions = {}): Promise<Front> {
  const front = await startFront(options);
  onTestFinished(() => front.stop());
  return front;
}

export function placeFile(path: string, body: string | Buffer): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, body, { mode: 0o644 });
  utimesSync(path, MODIFIED_SECONDS, MODIFIED_SECONDS);
  return path;
}
