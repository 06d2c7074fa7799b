import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { useMariadb } from '../../helpers/databases/mariadb.js';
import type { Answer } from '../../helpers/site/site.js';
import { temporaryFolder } from '../../helpers/temporary.js';
import { appFolder, HIT, hitOf, type RunningApp, sameAnswer, startApp } from '../app.js';
import options from './staticgenerator.config.mjs';

const folder = new URL('.', import.meta.url);
const ADMIN = '/ghost/api/admin';
const OWNER = { email: 'ada@example.com', password: 'correct-horse-battery-1' };
const EDITS = 50;

interface Post {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly updated_at: string;
}

const mariadb = useMariadb();

/** Starts Ghost with its own database, sets it up, and returns it with its owner. */
async function startGhost(): Promise<{ app: RunningApp; owner: Owner }> {
  const { socketPath, user, database } = await mariadb.createDatabase();
  const content = await temporaryFolder();
  cpSync(join(appFolder, 'content'), content, { recursive: true });
  const app = await startApp({
    folder,
    options,
    environment: {
      ...{ GHOST_FOLDER: appFolder, url: 'http://localhost', paths__contentPath: content },
      ...{ database__client: 'mysql', database__connection__socketPath: socketPath },
      ...{ database__connection__user: user, database__connection__database: database },
      ...{ database__connection__charset: 'utf8mb4', mail__transport: 'stub', logging__level: 'error' },
      ...{ logging__transports: '["stdout"]', privacy__useUpdateCheck: 'false' },
      security__staffDeviceVerification: 'false',
    },
  });
  return { app, owner: await Owner.signIn(app) };
}

class Owner {
  readonly #app: RunningApp;
  readonly #cookie: string;

  private constructor(app: RunningApp, cookie: string) {
    this.#app = app;
    this.#cookie = cookie;
  }

  static async signIn(app: RunningApp): Promise<Owner> {
    const anybody = new Owner(app, '');
    const setup = { ...OWNER, name: 'Ada', blogTitle: 'A blog' };
    await anybody.ask('POST', '/authentication/setup/', { setup: [setup] });
    const { headers } = await anybody.ask('POST', '/session/', {
      username: OWNER.email,
      password: OWNER.password,
    });
    const cookie = (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
    return new Owner(app, cookie);
  }

  async ask(method: string, path: string, body?: object): Promise<Answer> {
    const answer = await this.#app.request(`${ADMIN}${path}`, {
      method,
      headers: { cookie: this.#cookie, origin: 'http://localhost', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect(answer.status, `${method} ${path}: ${answer.body.slice(0, 300)}`).toBeLessThan(300);
    return answer;
  }

  async edit(post: Post, changes: object): Promise<Post> {
    const body = { posts: [{ ...changes, updated_at: post.updated_at }] };
    const { body: text } = await this.ask('PUT', `/posts/${post.id}/`, body);
    return firstPost(text);
  }

  async create(fields: object): Promise<Post> {
    const post = { status: 'published', tags: [{ name: 'News' }], ...fields };
    return firstPost((await this.ask('POST', '/posts/?source=html', { posts: [post] })).body);
  }
}

function firstPost(body: string): Post {
  const [post] = (JSON.parse(body) as { readonly posts: readonly Post[] }).posts;
  if (post === undefined) throw new Error(`There is no post in ${body}`);
  return post;
}

/** Returns the public URLs: those in the sitemaps, and those that feed readers and robots request on their own. */
async function publicUrls(app: RunningApp): Promise<readonly string[]> {
  const maps = locationsIn((await app.requestApp('/sitemap.xml')).body);
  const pages = await Promise.all(maps.map(async (map) => locationsIn((await app.requestApp(map)).body)));
  return [...new Set(['/', '/rss/', '/sitemap.xml', '/robots.txt', ...maps, ...pages.flat()])];
}

function locationsIn(sitemap: string): readonly string[] {
  return [...sitemap.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, url = '']) => new URL(url).pathname);
}

test('nearly all public URLs are hits, equal to what Ghost says', { timeout: 600_000 }, async () => {
  const { app, owner } = await startGhost();
  for (let index = 1; index <= 30; index += 1)
    await owner.create({ title: `Post ${index}`, html: `<p>The text of post ${index}.</p>` });
  const urls = await publicUrls(app);
  expect(urls.length).toBeGreaterThan(30);
  const misses: string[] = [];
  for (const url of urls) {
    const made = await app.request(url);
    expect(made.status, url).toBe(200);
    const hit = await hitOf(app, url).catch(() => undefined);
    if (hit === undefined) misses.push(`${url}: ${(await app.request(url)).cache}`);
    else expect(sameAnswer(hit), url).toEqual(sameAnswer(made));
  }
  expect(misses.length / urls.length, misses.join('\n')).toBeLessThanOrEqual(0.05);
});

test(`${EDITS} edits are seen at once, by everybody`, { timeout: 600_000 }, async () => {
  const { app, owner } = await startGhost();
  let post = await owner.create({ title: 'Title 0', html: '<p>Text.</p>' });
  const target = `/${post.slug}/`;
  for (let edit = 1; edit <= EDITS; edit += 1) {
    for (const url of [target, '/']) {
      await app.request(url);
      await hitOf(app, url);
    }
    post = await owner.edit(post, { title: `Title ${edit}.` });
    for (const url of [target, '/', '/rss/'])
      expect((await app.request(url)).body, `${url} after edit ${edit}`).toContain(`Title ${edit}.`);
  }
});

test('members get what is for members, and nobody else does', { timeout: 600_000 }, async () => {
  const { app, owner } = await startGhost();
  const post = await owner.create({
    title: 'For members',
    html: '<p>A secret text.</p>',
    visibility: 'members',
  });
  const target = `/${post.slug}/`;
  const { body } = await owner.ask('POST', '/members/', { members: [{ email: 'lin@example.com' }] });
  const { id } =
    (JSON.parse(body) as { readonly members: readonly { readonly id: string }[] }).members[0] ?? {};
  const signIn = JSON.parse((await owner.ask('GET', `/members/${id}/signin_urls/`)).body);
  const link = new URL(signIn.member_signin_urls[0].url);
  const signedIn = await app.request(`${link.pathname}${link.search}`);
  const cookie = (signedIn.headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');
  expect(cookie).toContain('ghost-members-ssr');
  for (let round = 0; round < 3; round += 1) {
    const member = await app.request(target, { headers: { cookie } });
    expect(member.cache).not.toBe(HIT);
    expect(member.body).toContain('A secret text.');
    await app.request(target);
    expect((await hitOf(app, target)).body).not.toContain('A secret text.');
  }
});
