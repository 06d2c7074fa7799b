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

/** The example blog at work: app processes, their database and pages, and what stands in front of them. */
export interface Blog {
  readonly webRoot: string;
  /** Where visitors go: nginx's port, or the first app's. */
  readonly port: number;
  readonly apps: readonly BlogApp[];
  request(target: string, options?: RequestOptions): Promise<Answer>;
  /** A request and, if it made a page, the moment when that is stored. */
  visit(target: string): Promise<Answer>;
}

export interface BlogApp {
  readonly port: number;
  request(target: string, options?: RequestOptions): Promise<Answer>;
  /** Ends its process, with whatever else is in it. */
  kill(): Promise<void>;
}

export interface BlogSettings {
  /** What visitors meet. Default: nginx with the configuration that the command prints. */
  readonly front?: 'nginx' | 'node';
  /** Instead of {@link posts}: what `npm start -- --posts <n>` begins with. */
  readonly generated?: number;
  /** How many app processes of its own. Default: one that other blogs are in too. */
  readonly processes?: number;
  /** Overrides of the example's configuration. */
  readonly options?: Partial<Options>;
}

/** What the database begins with, the newest first: three pages of a list of ten each. */
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

/** A blog of the test's own, which ends with the test. */
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

/** The process that blogs are in which need none of their own, once there is one. */
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

/** With the configuration that the example has, as the command generates it for start.js. */
async function startFront(webRoot: string, appPorts: readonly number[]): Promise<number> {
  const port = await freePort();
  const text = generateNginx(resolveConfig({ ...config, webRoot, logger: false }), {
    form: 'whole',
    listen: [`127.0.0.1:${port}`],
    upstreams: appPorts.map((appPort) => `127.0.0.1:${appPort}`),
    serverNames: ['localhost'],
  });
  // The workers of root's nginx may not enter a folder of root's.
  const nginx = await startNginx(process.getuid?.() === 0 ? `user root;\n${text}` : text);
  onTestFinished(() => nginx.stop());
  return port;
}

/** One who has signed in. */
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

  /** The same session, by another way. */
  through(request: Blog['request']): Editor {
    return new Editor(request, this.cookie);
  }

  get(target: string): Promise<Answer> {
    return this.#request(target, { headers: { cookie: this.cookie } });
  }

  /** What the islands of a page hold for this visitor. */
  async islands(...urls: string[]): Promise<Record<string, string>> {
    return (await askIslands(this.#request, urls, this.cookie)).parts;
  }

  /** Sends a form with the token that the admin area's forms have. */
  async post(target: string, fields: Record<string, string>): Promise<Answer> {
    const token = /name="_csrf" value="([^"]+)"/.exec((await this.get('/admin')).body)?.[1] ?? '';
    const { headers, ...form } = formOf({ ...fields, _csrf: token });
    return await this.#request(target, { ...form, headers: { ...headers, cookie: this.cookie } });
  }
}

export interface Islands {
  /** What is shown in each place of a page, by the URL of the island. */
  readonly parts: Record<string, string>;
  readonly headers: Answer['headers'];
}

/** Asks for islands as their script does. */
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

/** A form of a page for everybody, as the browser of an anonymous visitor sends it: with the token that it has asked for. */
export async function filledForm(
  request: Blog['request'],
  fields: Record<string, string>,
): Promise<RequestOptions> {
  const { parts, headers } = await askIslands(request, ['/visitor/token']);
  const form = formOf({ ...fields, _csrf: parts['/visitor/token'] ?? '' });
  const cookie = headers['set-cookie']?.[0]?.split(';', 1)[0];
  return { ...form, headers: { ...form.headers, cookie } };
}

/** A form as browsers send it. */
export function formOf(fields: Record<string, string>): RequestOptions {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', headers, body: new URLSearchParams(fields).toString() };
}
