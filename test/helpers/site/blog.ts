import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { openDatabase } from '../../../docs/examples/blog/models/database.js';
import { DEMO_PASSWORD } from '../../../docs/examples/blog/models/users.js';
import { insertPosts } from '../../../docs/examples/blog/seed/seed.js';
import config from '../../../docs/examples/blog/staticgenerator.config.js';
import { type Options, resolveConfig } from '../../../src/config.js';
import { generateNginx } from '../../../src/front/nginx/generate.js';
import { TestProcess, type Told } from '../process/child-process.js';
import { RecordingLogger } from '../recording-logger.js';
import { startNginx } from '../servers/nginx.js';
import { freePort } from '../servers/ports.js';
import { temporaryFolder } from '../temporary.js';
import { type Answer, type RequestOptions, send } from './site.js';

export const exampleFolder = fileURLToPath(new URL('../../../docs/examples/blog/', import.meta.url));

/** The running example blog: app processes, their database and pages, and the server in front of them. */
export interface Blog {
  readonly webRoot: string;
  /** The port for visitors: nginx's, or that of the first app. */
  readonly port: number;
  readonly apps: readonly BlogApp[];
  request(target: string, options?: RequestOptions): Promise<Answer>;
  /** Sends a request. If it made a page, waits until the page is stored. */
  visit(target: string): Promise<Answer>;
}

export interface BlogApp {
  readonly port: number;
  request(target: string, options?: RequestOptions): Promise<Answer>;
  /** Kills its process, with everything else that runs in it. */
  kill(): Promise<void>;
}

export interface BlogSettings {
  /** The server that visitors reach. Default: nginx with the configuration that the command prints. */
  readonly front?: 'nginx' | 'node';
  /** Replaces {@link posts} by the number of posts that `npm start -- --posts <n>` would generate. */
  readonly generated?: number;
  /** The number of app processes for this blog alone. Default: one process, shared with other blogs. */
  readonly processes?: number;
  /** Overrides of the example's configuration. */
  readonly options?: Partial<Options>;
}

/** The posts in the database at first, the newest first: a list of three pages with up to ten posts each. */
export const posts = [
  { slug: 'чай-и-кофе', title: 'Чай и кофе', tags: ['city', 'кухня'] },
  { slug: 'night-bus', title: 'The night bus', tags: ['city'] },
  { slug: 'first-frost', title: 'First frost', tags: ['garden', 'weather'] },
  ...Array.from({ length: 20 }, (_, index) => {
    const number = index + 1;
    return { slug: `note-${number}`, title: `Note ${number}`, tags: ['notes'] };
  }),
].map((post, index) => {
  const time = new Date(Date.UTC(2025, 0, 31 - index)).toISOString();
  return { ...post, body: `The text of **${post.title}**.`, publishedAt: time, updatedAt: time };
});

/** Starts a blog for the test, which stops when the test has finished. */
export async function startBlog(settings: BlogSettings = {}): Promise<Blog> {
  const { front = 'nginx', processes, options = {}, generated } = settings;
  const folder = await temporaryFolder();
  const webRoot = join(folder, 'www');
  if (generated === undefined) await seed(folder);
  const log = new RecordingLogger();
  const given = { folder, posts: generated ?? 0, options };
  const apps = await Promise.all(processesOf(processes).map((process) => startApp(process, given, log)));
  const appPorts = apps.map((app) => app.port);
  const port = front === 'nginx' ? await startFront(webRoot, appPorts) : (appPorts[0] ?? 0);
  const request = (target: string, requestOptions?: RequestOptions) => send(port, target, requestOptions);
  const visit = async (target: string) => {
    const from = log.lines.length;
    const answer = await request(target);
    if (answer.cache === MISS)
      await log.waitFor(({ message, fields }) => message === 'page stored' && fields.path === target, from);
    return answer;
  };
  return { webRoot, port, apps, request, visit };
}

export const HIT = 'staticgenerator; hit';
export const MISS = 'staticgenerator; fwd=uri-miss';

async function seed(folder: string): Promise<void> {
  const database = await openDatabase(join(folder, 'database.sqlite'));
  await insertPosts(database, posts);
  await database.destroy();
}

/** The process for all blogs that need no process of their own. It starts with the first of them. */
let shared: TestProcess | undefined;
let blogs = 0;

function processesOf(count: number | undefined): readonly TestProcess[] {
  const start = (lasts: boolean) => new TestProcess('site/blog-process.mjs', {}, { lasts });
  if (count !== undefined) return Array.from({ length: count }, () => start(false));
  shared ??= start(true);
  return [shared];
}

async function startApp(process: TestProcess, given: object, log: RecordingLogger): Promise<BlogApp> {
  blogs += 1;
  const id = blogs;
  const isOwn = (told: Told) => told.id === id;
  const record = ({ event, message, ...fields }: Told & { message: string }) => {
    if (event === 'log' && fields.id === id) log.info(fields, message);
  };
  process.child.on('message', record);
  process.command('start', { id, ...given });
  const port = Number((await process.waitFor('listening', isOwn)).port);
  if (process === shared)
    onTestFinished(async () => {
      process.command('close', { id });
      await process.waitFor('closed', isOwn);
      process.child.off('message', record);
    });
  return {
    port,
    request: (target, options) => send(port, target, options),
    kill: () => process.kill(),
  };
}

/** Starts nginx with the example's own configuration, which the command generates for start.js. */
async function startFront(webRoot: string, appPorts: readonly number[]): Promise<number> {
  const port = await freePort();
  const text = generateNginx(resolveConfig({ ...config, webRoot, logger: false }), {
    form: 'whole',
    listen: [`127.0.0.1:${port}`],
    upstreams: appPorts.map((appPort) => `127.0.0.1:${appPort}`),
    serverNames: ['localhost'],
  });
  // If root runs nginx, its workers may not enter a folder of root.
  const nginx = await startNginx(process.getuid?.() === 0 ? `user root;\n${text}` : text);
  onTestFinished(() => nginx.stop());
  return port;
}

/** An editor who has signed in. */
export class Editor {
  readonly cookie: string;
  readonly #request: Blog['request'];

  private constructor(request: Blog['request'], cookie: string) {
    this.#request = request;
    this.cookie = cookie;
  }

  static async signIn(request: Blog['request'], name = 'ada'): Promise<Editor> {
    const answer = await request('/login', formOf({ name, password: DEMO_PASSWORD }));
    const [cookie] = answer.headers['set-cookie'] ?? [];
    if (cookie === undefined) throw new Error(`${name} could not sign in: ${answer.status}`);
    return new Editor(request, cookie.split(';', 1)[0] ?? '');
  }

  /** Returns an editor with the same session, whose requests take another way. */
  through(request: Blog['request']): Editor {
    return new Editor(request, this.cookie);
  }

  get(target: string): Promise<Answer> {
    return this.#request(target, { headers: { cookie: this.cookie } });
  }

  /** Returns the content that the islands of a page have for this visitor. */
  async islands(...urls: string[]): Promise<Record<string, string>> {
    return (await askIslands(this.#request, urls, this.cookie)).parts;
  }

  /** Sends a form with the token of the admin area's forms. */
  async post(target: string, fields: Record<string, string>): Promise<Answer> {
    const token = /name="_csrf" value="([^"]+)"/.exec((await this.get('/admin')).body)?.[1] ?? '';
    const { headers, ...form } = formOf({ ...fields, _csrf: token });
    return await this.#request(target, { ...form, headers: { ...headers, cookie: this.cookie } });
  }
}

export interface Islands {
  /** The content of each island, by the URL of the island. */
  readonly parts: Record<string, string>;
  readonly headers: Answer['headers'];
}

/** Requests islands as their script does. */
export async function askIslands(
  request: Blog['request'],
  urls: readonly string[],
  cookie?: string,
): Promise<Islands> {
  const query = new URLSearchParams(urls.map((url): [string, string] => ['url', url]));
  const headers = { 'x-islands': '1', ...(cookie !== undefined && { cookie }) };
  const answer = await request(`/_islands/?${query}`, { headers });
  if (answer.status !== 200) throw new Error(`${urls.join(' ')}: ${answer.status}`);
  const contents = Object.entries(JSON.parse(answer.body) as Record<string, string | { text: string }>);
  const parts = contents.map(([url, content]) => [url, typeof content === 'string' ? content : content.text]);
  return { parts: Object.fromEntries(parts), headers: answer.headers };
}

/**
 * Returns a form of a shared page, as the browser of an anonymous visitor sends it: with the token that it has
 * requested.
 */
export async function filledForm(
  request: Blog['request'],
  fields: Record<string, string>,
): Promise<RequestOptions> {
  const { parts, headers } = await askIslands(request, ['/visitor/token']);
  const form = formOf({ ...fields, _csrf: parts['/visitor/token'] ?? '' });
  const cookie = headers['set-cookie']?.[0]?.split(';', 1)[0];
  return { ...form, headers: { ...form.headers, cookie } };
}

/** Returns a form as browsers send it. */
export function formOf(fields: Record<string, string>): RequestOptions {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', headers, body: new URLSearchParams(fields).toString() };
}
