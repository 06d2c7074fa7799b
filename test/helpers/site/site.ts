import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express, { type Express } from 'express';
import { onTestFinished } from 'vitest';
import type { Options } from '../../../src/config.js';
import type { Reason } from '../../../src/page/reasons.js';
import { type StaticGenerator, staticGenerator } from '../../../src/static-generator.js';
import { RecordingLogger } from '../recording-logger.js';
import { type Cleanup, temporaryFolder } from '../temporary.js';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
  /** The `Cache-Status` header. */
  readonly cache: string;
}

export interface Site {
  readonly app: Express;
  readonly pages: StaticGenerator;
  readonly webRoot: string;
  readonly port: number;
  readonly logger: RecordingLogger;
  /** Sends one request. Adds no headers to those that the test gives, except Host and Connection. */
  request(target: string, options?: RequestOptions): Promise<Answer>;
  /**
   * Sends a request and waits until the site has stored the page or refused it. Returns the response and this outcome.
   */
  visit(target: string, options?: RequestOptions): Promise<Answer & { readonly outcome: 'stored' | Reason }>;
  /** Sends a request that may be a hit. Returns the outcome. */
  ask(target: string): Promise<'hit' | 'stored' | Reason>;
}

export interface RequestOptions {
  readonly method?: string;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body?: string;
}

export interface SiteOptions extends Partial<Options> {
  /** Mounts middleware before ours. */
  readonly before?: (app: Express) => void;
  /** Takes the cleanups that stop the site. Default: they run when the test has finished. */
  readonly atEnd?: (cleanup: Cleanup) => void;
}

/** Starts an Express site on its own port, with its pages in a temporary folder. */
export async function startSite(
  routes: (app: Express, pages: StaticGenerator) => void,
  options: SiteOptions = {},
): Promise<Site> {
  const { before, atEnd = onTestFinished, ...given } = options;
  const webRoot = given.webRoot ?? join(await temporaryFolder(atEnd), 'pages');
  const logger = new RecordingLogger();
  const pages = staticGenerator({ urls: [/^\//], logger, ...given, webRoot });
  const app = express();
  before?.(app);
  app.use(pages.middleware);
  pages.attach(app);
  routes(app, pages);
  const port = await listen(app, atEnd);
  atEnd(() => pages.close());

  const request = (target: string, requestOptions: RequestOptions = {}) => send(port, target, requestOptions);
  const outcomeSince = async (from: number): Promise<'stored' | Reason> => {
    const end = await logger.waitFor(
      ({ message }) => /^(?:page stored|not stored: |a page could not be stored)/.test(message),
      from,
    );
    return end.message === 'page stored' ? 'stored' : ((end.fields.reason ?? 'fault') as Reason);
  };
  const visit = async (target: string, requestOptions: RequestOptions = {}) => {
    const from = logger.lines.length;
    const answer = await request(target, requestOptions);
    return { ...answer, outcome: await outcomeSince(from) };
  };
  const ask = async (target: string) => {
    const from = logger.lines.length;
    const { cache } = await request(target);
    return cache.endsWith('hit') ? 'hit' : await outcomeSince(from);
  };
  return { app, pages, webRoot, port, logger, request, visit, ask };
}

/** Listens on a free port of the loopback address until the test has finished, or until `atEnd` runs the cleanup. */
export async function listen(
  listener: RequestListener,
  atEnd: (cleanup: Cleanup) => void = onTestFinished,
): Promise<number> {
  const server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

/** Sends one request on a new connection. */
export async function send(
  port: number,
  target: string,
  { method = 'GET', headers = {}, body }: RequestOptions = {},
): Promise<Answer> {
  const sent = http.request({
    host: '127.0.0.1',
    port,
    path: target,
    method,
    headers: { host: 'localhost', ...headers },
    agent: false,
  });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [http.IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const cache = String(response.headers['cache-status'] ?? '');
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: bytes.toString(),
    bytes,
    cache,
  };
}
