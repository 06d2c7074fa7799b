import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { type Options, resolveConfig } from '../../src/config.js';
import { generateNginx } from '../../src/front/nginx/generate.js';
import { startNginx } from '../helpers/servers/nginx.js';
import { freePort } from '../helpers/servers/ports.js';
import { type Answer, type RequestOptions, send } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

/** A running application with the middleware, and nginx in front of it. */
export interface RunningApp {
  /** Sends a request through nginx. */
  request(target: string, options?: RequestOptions): Promise<Answer>;
  /** Sends a request to the app with the middleware, without nginx. */
  requestApp(target: string, options?: RequestOptions): Promise<Answer>;
  /** The folder of its pages. */
  readonly webRoot: string;
  /** Every line that the process has printed. */
  readonly said: readonly string[];
}

export interface AppSettings {
  /** The folder of the test, which contains server.mjs. */
  readonly folder: URL;
  readonly options: Partial<Options>;
  readonly environment?: Readonly<Record<string, string>>;
  /** The port of the app. Default: any free port. */
  readonly port?: number;
}

/** The folder into which `.dev/test-apps.mjs` has installed the application. Empty if it is not to be tested. */
export const appFolder = process.env.STATICGENERATOR_APP_FOLDER ?? '';

/** Starts `server.mjs`, and nginx in front of it, until the test has finished. */
export async function startApp({
  folder,
  options,
  environment = {},
  ...given
}: AppSettings): Promise<RunningApp> {
  const webRoot = join(await temporaryFolder(), 'pages');
  const port = given.port ?? (await freePort());
  const said: string[] = [];
  const child = spawn(process.execPath, [fileURLToPath(new URL('server.mjs', folder))], {
    cwd: appFolder,
    env: {
      ...process.env,
      ...{ NODE_ENV: 'production', APP_FOLDER: appFolder, WEB_ROOT: webRoot, PORT: String(port) },
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => end(child));
  await readiness(child, said);
  const front = await startFront({ urls: [], ...options, webRoot, logger: false }, port);
  return {
    request: (target, given) => send(front, target, given),
    requestApp: (target, given) => send(port, target, given),
    ...{ webRoot, said },
  };
}

export const HIT = 'staticgenerator; hit';

/** Asks until the answer is a hit, and returns it: a page is stored only after its first visitor has the answer. */
export async function hitOf(app: RunningApp, target: string, options?: RequestOptions): Promise<Answer> {
  let answer: Answer | undefined;
  await expect
    .poll(async () => {
      answer = await app.request(target, options);
      return answer.cache;
    })
    .toBe(HIT);
  if (answer === undefined) throw new Error('There was no answer');
  return answer;
}

/** Returns the part of an answer that must be the same in a miss and in a hit. A hit never repeats X-Powered-By. */
export function sameAnswer({ status, headers, body }: Answer): object {
  const own = ['date', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'server', 'etag'];
  const ours = [
    'cache-status',
    'age',
    'vary',
    'cache-control',
    'accept-ranges',
    'last-modified',
    'x-powered-by',
  ];
  const kept = Object.entries(headers).filter(([name]) => ![...own, ...ours].includes(name));
  return { status, headers: Object.fromEntries(kept), body };
}

/** Resolves when the process prints `ready`. */
async function readiness(child: ChildProcess, said: string[]): Promise<void> {
  const ready = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        said.push(line);
        if (line === 'ready') resolve();
      });
    }
  });
  const exited = once(child, 'exit').then(() => 'exited' as const);
  if ((await Promise.race([ready, exited])) === 'exited')
    throw new Error(`The application ended:\n${said.join('\n')}`);
}

async function startFront(options: Options, appPort: number): Promise<number> {
  const port = await freePort();
  const text = generateNginx(resolveConfig(options), {
    form: 'whole',
    listen: [`127.0.0.1:${port}`],
    upstreams: [`127.0.0.1:${appPort}`],
    serverNames: ['localhost'],
  });
  // If root starts nginx, its workers could not enter root's temporary folder as another user.
  const nginx = await startNginx(process.getuid?.() === 0 ? `user root;\n${text}` : text);
  onTestFinished(() => nginx.stop());
  return port;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
