import { chmodSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Options, ResolvedConfig } from '../../../src/config.js';
import type { FrontOptions } from '../../../src/front/options/options.js';
import { freePort } from '../../helpers/servers/ports.js';
import { type RawResponse, rawRequest } from '../../helpers/servers/raw-http.js';
import { type EchoApp, type SeenRequest, startEchoApp } from './echo-app.js';
import { siteConfig } from './site-config.js';

/** A running server with a folder of pages, in front of an app that reports its requests. */
export interface RunningFront {
  readonly config: ResolvedConfig;
  readonly port: number;
  readonly webRoot: string;
  readonly app: EchoApp;
  /** Writes a file below WEB_ROOT, with the modes of pages. */
  place(file: string, body: string | Buffer): string;
  /** Sends bytes to the server. Returns its answer, and the requests that the app got meanwhile. */
  ask(bytes: string | Buffer): Promise<Exchange>;
  stop(): Promise<void>;
}

export interface Exchange {
  readonly response: RawResponse;
  readonly seen: readonly SeenRequest[];
}

/** Where the server listens, and where its app does. */
export type Addresses = Required<Pick<FrontOptions, 'listen' | 'upstreams'>>;

/** Any time except now: only a time that is derived from the content identifies it. */
export const MODIFIED_SECONDS = 1_234_567_890;

/** Starts an app, and a server in front of it. If the server does not start, nothing is left of both. */
export async function startFrontOf<Server extends { stop(): Promise<void> }>(
  site: Partial<Options>,
  startServer: (config: ResolvedConfig, addresses: Addresses) => Promise<Server>,
): Promise<{ readonly front: RunningFront; readonly server: Server }> {
  const webRoot = mkdtempSync(join(tmpdir(), 'pages-'));
  chmodSync(webRoot, 0o755);
  const config = siteConfig({ webRoot, ...site });
  const [app, port] = [await startEchoApp(), await freePort()];
  const addresses = { listen: [`127.0.0.1:${port}`], upstreams: [`127.0.0.1:${app.port}`] };
  const stopApp = async () => {
    await app.stop();
    rmSync(webRoot, { recursive: true, force: true });
  };
  const server = await startServer(config, addresses).catch(async (error) => {
    await stopApp();
    throw error;
  });
  const front: RunningFront = {
    ...{ config, port, webRoot, app },
    place: (file, body) => placeFile(join(webRoot, file), body),
    async ask(bytes) {
      app.seen.length = 0;
      return { response: await rawRequest(port, bytes), seen: [...app.seen] };
    },
    async stop() {
      await server.stop();
      await stopApp();
    },
  };
  return { front, server };
}

export function placeFile(path: string, body: string | Buffer): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, body, { mode: 0o644 });
  utimesSync(path, MODIFIED_SECONDS, MODIFIED_SECONDS);
  return path;
}
