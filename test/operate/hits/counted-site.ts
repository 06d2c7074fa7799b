import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Options } from '../../../src/config.js';
import type { NginxOptions } from '../../../src/front/nginx/options.js';
import type { LedgerReader, Statistics } from '../../../src/ledger/ledger.js';
import { openReader } from '../../../src/ledger/sqlite/reader.js';
import type { StaticGenerator } from '../../../src/static-generator.js';
import { locateWebRoot } from '../../../src/store/web-root.js';
import { type RunningNginx, startNginx } from '../../helpers/servers/nginx.js';
import { freePort } from '../../helpers/servers/ports.js';
import { type Answer, type RequestOptions, type Site, send, startSite } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';

export const HIT = 'staticgenerator; hit';
export const BODY = 'twelve bytes';

/** A site behind an nginx that reports hits. */
export interface CountedSite {
  readonly site: Site;
  readonly webRoot: string;
  readonly options: Partial<Options>;
  readonly nginx: RunningNginx;
  /** Sends a request to nginx. */
  readonly request: (target: string, options?: RequestOptions) => Promise<Answer>;
  /** Requests a page directly from the app, so that it is stored, and then once from nginx. */
  readonly make: (target: string, options?: RequestOptions) => Promise<void>;
  readonly port: number;
  readonly statistics: () => Statistics;
}

export interface CountedSettings {
  readonly site?: Partial<Options>;
  readonly nginx?: NginxOptions;
  readonly oneIn?: number;
  /** Returns the configuration with which nginx starts. Default: the whole configuration. */
  readonly compose?: (pages: StaticGenerator, addresses: Addresses) => string;
}

export type Addresses = Required<Pick<NginxOptions, 'listen' | 'upstreams'>>;

export async function startCounted(settings: CountedSettings = {}): Promise<CountedSite> {
  const { site: own = {}, nginx: given = {}, oneIn = 1 } = settings;
  const { compose = (pages, addresses) => pages.nginx({ form: 'whole', ...addresses, ...given }) } = settings;
  const webRoot = join(await temporaryFolder(), 'pages');
  const countHits = { port: await freeUdpPort(), oneIn };
  const options = { urls: [/^\/posts\//, /^\/$/], countHits, webRoot, ...own };
  const site = await startSite(respond, options);
  const [port, upstreams] = [await freePort(), [`127.0.0.1:${site.port}`]];
  const text = compose(site.pages, { listen: [`127.0.0.1:${port}`], upstreams });
  // If root starts nginx, its workers run as another user, who may not enter a folder of root.
  const nginx = await startNginx(process.getuid?.() === 0 ? `user root;\n${text}` : text);
  onTestFinished(() => nginx.stop());
  const request = (target: string, requestOptions?: RequestOptions) => send(port, target, requestOptions);
  const make = async (target: string, requestOptions?: RequestOptions) => {
    await site.visit(target, requestOptions);
    expect((await request(target, requestOptions)).cache).toBe(HIT);
  };
  return { site, webRoot, options, nginx, request, make, port, statistics: () => statisticsOf(webRoot) };
}

export function respond(app: Site['app']): void {
  app.get('/posts/long', (_request, response) => void response.send(BODY.repeat(9)));
  // nginx would not repeat the header, so only Node serves this page.
  app.get(
    '/posts/of-node.xml',
    (_request, response) => void response.type('xml').set('X-Only', 'Node').send(BODY),
  );
  app.use((_request, response) => void response.send(BODY));
}

/** Returns the statistics in the ledger. */
export function statisticsOf(webRoot: string): Statistics {
  return readLedger(webRoot, (reader) => reader.statistics());
}

/** Returns the paths of the stored pages. */
export function storedPaths(webRoot: string): readonly string[] {
  return readLedger(webRoot, (reader) => [...reader.pages()].map(({ path }) => path));
}

function readLedger<T>(webRoot: string, work: (reader: LedgerReader) => T): T {
  const { reader, close } = openReader(locateWebRoot(webRoot).ledgerFile);
  try {
    return work(reader);
  } finally {
    close();
  }
}

/** Returns the recorded number of nginx's hits. */
export function hitsOf({ visits }: Statistics): number {
  return (visits?.rules ?? []).reduce((sum, { nginx }) => sum + nginx, 0);
}

/** Sends many requests over a few connections. All must be hits. */
export async function requestMany(port: number, target: string, count: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const ask = async () => {
    const sent = httpRequest({
      ...{ host: '127.0.0.1', port, path: target, agent },
      headers: { host: 'localhost' },
    });
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    expect([response.statusCode, response.headers['cache-status']]).toEqual([200, HIT]);
  };
  await Promise.all(Array.from({ length: count }, ask));
  agent.destroy();
}

export async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}

/** Listens in place of the app, and collects what nginx sends. */
export async function listenTo(port: number): Promise<readonly string[]> {
  const seen: string[] = [];
  const socket = createSocket('udp4', (datagram) => void seen.push(datagram.toString()));
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return seen;
}
