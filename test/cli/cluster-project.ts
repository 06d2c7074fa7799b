import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import type { Bus } from '../../src/cluster/bus.js';
import { type RedisOptions, redis } from '../../src/cluster/redis/index.js';
import { type RunningRedis, startRedis } from '../helpers/databases/redis.js';
import { startTcpProxy, type TcpProxy } from '../helpers/servers/tcp-proxy.js';
import { type Site, startSite } from '../helpers/site/site.js';
import { projectFolder } from './project.js';

/** The shortest term, for tests that wait for the end of a term. */
export const SHORT_TERM_SECONDS = 3;
/** A term that does not end while a test runs. */
const LONG_TERM_SECONDS = 100;

/** A folder with the configuration of a site that is one of several hosts. */
export interface ClusterProject {
  readonly folder: string;
  /** Does not exist yet. */
  readonly webRoot: string;
}

/** Writes a project. `cluster` is code that declares the constant `cluster`. */
export async function clusterProject(cluster: string): Promise<ClusterProject> {
  const folder = await projectFolder();
  const webRoot = join(folder, 'pages');
  await writeFile(
    join(folder, 'staticgenerator.config.mjs'),
    `${cluster}\nexport default { webRoot: ${JSON.stringify(webRoot)}, urls: [/^\\//], cluster };`,
  );
  return { folder, webRoot };
}

interface RedisProject extends ClusterProject {
  readonly settings: RedisOptions;
  /** The proxy between Redis and each process that uses the configuration. */
  readonly proxy: TcpProxy;
  /** Starts a host in this process, and waits until it serves a page. */
  start(webRoot?: string): Promise<Site>;
  connect(): Bus;
}

let sites = 0;

/** Makes projects whose hosts share a Redis, for the tests of a `describe`. */
export function useRedisProjects() {
  let server: RunningRedis;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server?.stop());

  async function startProject(termSeconds = LONG_TERM_SECONDS): Promise<RedisProject> {
    sites += 1;
    const proxy = await startTcpProxy(server.socket);
    const url = `redis://127.0.0.1:${proxy.port}`;
    const settings = { url, name: `site-${sites}`, termSeconds };
    const project = await clusterProject(
      `import { redis } from 'staticgenerator/redis';\nconst cluster = redis(${JSON.stringify(settings)});`,
    );
    const connect = () => {
      const bus = redis(settings).connect();
      onTestFinished(() => bus.close());
      return bus;
    };
    const start = async (webRoot?: string) => {
      const site = await startSite((app) => app.use((_request, response) => response.send('page')), {
        ...(webRoot === undefined ? {} : { webRoot }),
        cluster: redis(settings),
      });
      await expect.poll(async () => (await site.request('/')).cache).toBe('staticgenerator; hit');
      // No other host has served before, so no deletion needs to wait for the first term.
      const bus = connect();
      await bus.settle((await bus.state()).epoch);
      return site;
    };
    return { ...project, settings, proxy, start, connect };
  }

  return { startProject, forgetAll: () => server.forgetAll() };
}
