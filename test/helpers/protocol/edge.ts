import { chmod } from 'node:fs/promises';
import http from 'node:http';
import { onTestFinished } from 'vitest';
import { resolveConfig } from '../../../src/config.js';
import { generateNginx } from '../../../src/front/nginx/generate.js';
import { readPage } from '../../docs/markdown.js';
import { type Deferred, deferred } from '../deferred.js';
import { startNginx } from '../servers/nginx.js';
import { freePort } from '../servers/ports.js';
import { type RunningVarnish, startVarnish } from '../servers/varnish.js';
import { listen, send } from '../site/site.js';
import { type Cleanup, temporaryFolder } from '../temporary.js';

/** The header that allows Varnish to keep pages. */
export const EDGE_HEADERS = { 'Surrogate-Control': 'max-age=86400' };

/** A Varnish with the configuration of the guide, empty at first, and its connection to the site of a test. */
export interface Edge {
  readonly port: number;
  readonly address: string;
  readonly fetches: Fetches;
  /** The body that visitors get. */
  read(path: string): Promise<string>;
  /** Replaces Varnish with a new, empty one on the same port. */
  restart(): Promise<void>;
}

/** A fetch of Varnish from the site, and when it ended, by {@link Fetches.now}. */
export interface Fetch {
  readonly path: string;
  endedAt: number;
}

/**
 * The fetches of Varnish from the site. A fetch has ended when the visitors who wait for it have their response: only
 * then does Varnish certainly have the response, so that a purge finds it.
 */
export class Fetches {
  readonly #reads = new Set<{ readonly path: string; readonly end: Promise<unknown> }>();
  readonly #begun: Fetch[] = [];
  readonly #underWay = new Set<Fetch>();
  #clock = 0;
  #held: { readonly path: string; readonly reached: Deferred; readonly gate: Deferred } | undefined;

  /** Returns the fetches of a path that have begun so far. */
  of(path: string): readonly Fetch[] {
    return this.#begun.filter((fetch) => fetch.path === path);
  }

  /** Returns a larger number on each call. Each end of a fetch takes a number too. */
  now(): number {
    this.#clock += 1;
    return this.#clock;
  }

  /** Holds the site's next response for a path, once it is complete, before it reaches Varnish. */
  hold(path: string): { readonly reached: Promise<void>; readonly release: () => void } {
    const held = { path, reached: deferred(), gate: deferred() };
    this.#held = held;
    return { reached: held.reached.promise, release: held.gate.resolve };
  }

  async pass(path: string, work: () => Promise<() => void>): Promise<void> {
    const fetch: Fetch = { path, endedAt: Number.POSITIVE_INFINITY };
    this.#begun.push(fetch);
    this.#underWay.add(fetch);
    try {
      const answer = await work();
      const held = this.#held;
      if (held?.path === path) {
        this.#held = undefined;
        held.reached.resolve();
        await held.gate.promise;
      }
      answer();
    } finally {
      await Promise.all([...this.#reads].filter((read) => read.path === path).map(({ end }) => end));
      fetch.endedAt = this.now();
      this.#underWay.delete(fetch);
    }
  }

  /** Sends a visitor's request. */
  async read(path: string, work: () => Promise<string>): Promise<string> {
    const answer = work();
    const read = { path, end: answer.catch(() => undefined) };
    this.#reads.add(read);
    try {
      return await answer;
    } finally {
      this.#reads.delete(read);
    }
  }
}

/**
 * A Varnish that the tests of a file share, one after the other, because each start compiles the configuration with a C
 * compiler.
 */
export class SharedEdge {
  readonly #agent = new http.Agent({ keepAlive: true });
  readonly #ends: Cleanup[] = [];
  #fetches = new Fetches();
  #origin = () => 0;
  #vcl = '';
  #varnish: RunningVarnish | undefined;

  async start(): Promise<void> {
    const relay = await listen(
      (request, response) => this.#relay(request, response),
      (end) => this.#ends.push(end),
    );
    const block = readPage('docs/guide/cdn.md').blocks.find(({ language }) => language === 'vcl');
    this.#vcl = (block?.text ?? '').replace('"8080"', `"${relay}"`);
    this.#varnish = await startVarnish(this.#vcl);
  }

  /** Prepares Varnish for a test, whose server may get its port as late as at the first fetch. */
  async before(origin: () => number): Promise<Edge> {
    this.#origin = origin;
    const fetches = new Fetches();
    this.#fetches = fetches;
    const { port } = this.#running();
    const { status } = await send(port, '/*', { method: 'PURGE', headers: { host: 'localhost' } });
    if (status !== 200) throw new Error(`Varnish answers ${status}, and has what the last test left`);
    return {
      ...{ port, fetches, address: `http://127.0.0.1:${port}` },
      read: async (path) => await fetches.read(path, () => readThrough(port, path, this.#agent)),
      restart: async () => {
        await this.#varnish?.stop();
        this.#varnish = await startVarnish(this.#vcl, port);
      },
    };
  }

  async stop(): Promise<void> {
    this.#agent.destroy();
    await this.#varnish?.stop();
    for (const end of this.#ends) await end();
  }

  #running(): RunningVarnish {
    if (this.#varnish === undefined) throw new Error('Varnish has not been started');
    return this.#varnish;
  }

  #relay(request: http.IncomingMessage, response: http.ServerResponse): void {
    const path = request.url ?? '';
    void this.#fetches.pass(path, async () => {
      const { method, headers } = request;
      const answer = await send(this.#origin(), path, { ...(method && { method }), headers }).catch(
        () => undefined,
      );
      return () => {
        if (answer === undefined) response.writeHead(502).end();
        else response.writeHead(answer.status, answer.headers).end(answer.bytes);
      };
    });
  }
}

async function readThrough(port: number, path: string, agent: http.Agent): Promise<string> {
  return await new Promise((resolve, reject) => {
    const headers = { host: 'localhost' };
    const asked = http.get({ host: '127.0.0.1', port, path, agent, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
      response.on('error', reject);
    });
    asked.on('error', reject);
  });
}

/** Creates a folder that nginx's workers can read, who run as `nobody`. */
export async function openFolder(): Promise<string> {
  const folder = await temporaryFolder();
  await chmod(folder, 0o755);
  return folder;
}

/** Starts an nginx in front of an app, with the generated configuration. Returns its port. */
export async function startFront(webRoot: string, upstream: number): Promise<number> {
  const port = await freePort();
  const config = resolveConfig({
    ...{ webRoot, urls: [/^\//], hosts: ['localhost'], logger: false },
    cdn: { service: async () => undefined, headers: EDGE_HEADERS },
  });
  const listens = {
    form: 'whole',
    listen: [`127.0.0.1:${port}`],
    upstreams: [`127.0.0.1:${upstream}`],
  } as const;
  const nginx = await startNginx(generateNginx(config, listens));
  onTestFinished(() => nginx.stop());
  return port;
}
