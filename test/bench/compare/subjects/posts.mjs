// A site whose pages read a database through TypeORM, and are deleted when the database changes:
// node posts.mjs <entry of the package> <entry of its adapter> <webRoot> [alone | tagged]:
// without the adapter, and, if tagged, as a site that calls tag().
import { once } from 'node:events';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';
import { DataSource, EntitySchema } from 'typeorm';
import { answerQuestions, processorTime } from './answers.mjs';

const POSTS = 200;
const COMMENTS_OF_POST = 5;
const AUTHORS = 10;

const id = { type: 'int', primary: true };
const Author = new EntitySchema({ name: 'Author', columns: { id, name: { type: 'text' } } });
const Post = new EntitySchema({
  name: 'Post',
  columns: { id, title: { type: 'text' } },
  relations: { author: { type: 'many-to-one', target: 'Author' } },
});
const Comment = new EntitySchema({
  name: 'Comment',
  columns: { id, text: { type: 'text' } },
  relations: { post: { type: 'many-to-one', target: 'Post' } },
});

const [, , entry, adapter, webRoot, reads] = process.argv;
const { staticGenerator } = await import(pathToFileURL(entry).href);
const { trackTypeOrm } = await import(pathToFileURL(adapter).href);
const database = await openDatabase();
const posts = database.getRepository(Post);
const comments = database.getRepository(Comment);
const pages = staticGenerator({ webRoot, urls: [/^\/(?:kept|rendered)\//], logger: false });
if (reads === 'tagged') pages.tag();
else if (reads !== 'alone') trackTypeOrm(database, pages);

async function openDatabase() {
  const opened = await new DataSource({
    ...{ type: 'better-sqlite3', database: ':memory:', synchronize: true },
    entities: [Author, Post, Comment],
  }).initialize();
  const numbers = (count) => Array.from({ length: count }, (_, index) => index + 1);
  await opened
    .getRepository(Author)
    .insert(numbers(AUTHORS).map((key) => ({ id: key, name: `Author ${key}` })));
  await opened
    .getRepository(Post)
    .insert(
      numbers(POSTS).map((key) => ({ id: key, title: `Post ${key}`, author: { id: (key % AUTHORS) + 1 } })),
    );
  await opened.getRepository(Comment).insert(
    numbers(POSTS * COMMENTS_OF_POST).map((key) => ({
      ...{ id: key, text: `Comment ${key}`, post: { id: (key % POSTS) + 1 } },
    })),
  );
  return opened;
}

/** Renders a post with its author, its comments and the latest posts. */
async function render(key) {
  const post = await posts.findOneOrFail({ where: { id: key }, relations: { author: true } });
  const own = await comments.find({ where: { post: { id: key } }, order: { id: 'ASC' } });
  const latest = await posts.find({ order: { id: 'DESC' }, take: 5 });
  const lists = [own.map(({ text }) => text), latest.map(({ title }) => title)];
  const items = lists.map((list) => `<ul>${list.map((item) => `<li>${item}`).join('')}</ul>`);
  return `<!doctype html><h1>${post.title}</h1><p>${post.author.name}</p>${items.join('')}`;
}

/**
 * Pages under `/rendered/` are not stored, so that the measure covers only the render and the tracking of its reads.
 */
async function answer(request, response) {
  const [, kind, key] = request.url.split('/');
  const body = Buffer.from(await render(Number(key)));
  if (kind === 'rendered') response.setHeader('Cache-Control', 'no-store');
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': body.length });
  response.end(body);
}

const server = createServer((request, response) =>
  pages.middleware(request, response, () => void answer(request, response)),
).listen(0, '127.0.0.1');
server.keepAliveTimeout = 600_000;
await once(server, 'listening');
const answers = {
  usage: processorTime,
  rename: async ({ author, name }) =>
    void (await database.getRepository(Author).update({ id: author }, { name })),
};
answerQuestions(answers, {
  ready: { port: server.address().port, posts: POSTS },
  async close() {
    await pages.close();
    await database.destroy();
  },
});
