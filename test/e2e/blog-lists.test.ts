import { join } from 'node:path';
import type { EntitySubscriberInterface } from 'typeorm';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../docs/examples/blog/models/database.js';
import { openPosts, Post } from '../../docs/examples/blog/models/posts.js';
import { listTag, trackModels } from '../../docs/examples/blog/tracking.js';
import { HIT, MISS } from '../helpers/site/blog.js';
import { startSite } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

const TAGS = ['a', 'b', 'c', 'd'];
const SLUG = 'x';

/** Opens the example's posts and the lists of its tags. The pages of lists show how many posts a list has. */
async function lists() {
  const database = await openDatabase(join(await temporaryFolder(), 'database.sqlite'));
  onTestFinished(() => database.destroy());
  const posts = openPosts(database);
  const count = async (tag: string) => (await posts.page(1, tag))?.total ?? 0;
  const site = await startSite(
    (app, pages) =>
      app.get('/tags/:tag/', async ({ params: { tag } }, response) => {
        pages.tag(listTag(tag).tag);
        response.send(`${await pages.untracked(() => count(tag))} posts`);
      }),
    { urls: [/^\/tags\//] },
  );
  trackModels(database, site.pages);
  await posts.save(Object.assign(new Post(), { title: SLUG, body: 'x', tags: ['a'] }));
  const found = async () => (await posts.find(SLUG)) as Post;
  const tagWith = async (...tags: string[]) => await posts.save(Object.assign(await found(), { tags }));
  const visitAll = async () => {
    for (const tag of TAGS) {
      const from = site.logger.lines.length;
      const { cache } = await site.request(`/tags/${tag}/`);
      if (cache === MISS) await site.logger.waitFor(({ message }) => message === 'page stored', from);
    }
  };
  /** Runs `act` once, between TypeORM's read of a post and its write. */
  const beforeIt = (event: 'beforeUpdate' | 'beforeRemove', act: () => Promise<void>) => {
    const subscriber: EntitySubscriberInterface = {
      async [event]() {
        database.subscribers.splice(database.subscribers.indexOf(subscriber), 1);
        await act();
      },
    };
    database.subscribers.push(subscriber);
  };
  const stale = async () => {
    const answers = await Promise.all(
      TAGS.map(async (tag) => [tag, (await site.request(`/tags/${tag}/`)).body, `${await count(tag)} posts`]),
    );
    return answers.filter(([, body, right]) => body !== right);
  };
  return { posts, site, found, tagWith, visitAll, beforeIt, stale };
}

type Lists = Awaited<ReturnType<typeof lists>>;
const remove = async ({ posts, found }: Lists) => await posts.delete(await found());

test.each<[string, (given: Lists) => Promise<void>]>([
  ['a save with other tags', ({ tagWith }) => tagWith('a', 'c')],
  ['a save without tags', ({ tagWith }) => tagWith()],
  ['a deletion', remove],
])(
  '%s deletes the lists of the tags that another one has given the post meanwhile',
  async (_name, change) => {
    const given = await lists();
    await given.visitAll();
    given.beforeIt('beforeUpdate', async () => {
      await given.tagWith('a', 'b');
      await given.visitAll();
    });
    await change(given);
    expect(await given.stale()).toEqual([]);
  },
);

test('a save of what was read before another one counts on from there', async () => {
  const given = await lists();
  const early = await given.found();
  const { version } = early;
  await given.tagWith('a', 'b');
  await given.visitAll();
  await given.posts.save(Object.assign(early, { tags: ['c'] }));
  const now = (await given.found()).version;
  expect([now, early.version, await given.stale()]).toEqual([version + 2, version + 2, []]);
});

test('a post that somebody gives tags while it is deleted stays, and is deleted the next time', async () => {
  const given = await lists();
  given.beforeIt('beforeRemove', async () => {
    await given.tagWith('b');
    await given.visitAll();
  });
  await expect(remove(given)).rejects.toThrow('the post has tags');
  expect((await given.found()).tags).toEqual(['b']);
  await remove(given);
  expect(await given.stale()).toEqual([]);
});

test('where nobody comes between, only the lists that change are deleted', async () => {
  const given = await lists();
  await given.visitAll();
  await given.tagWith('b');
  const caches = async () =>
    await Promise.all(TAGS.map(async (tag) => (await given.site.request(`/tags/${tag}/`)).cache));
  expect(await caches()).toEqual([MISS, MISS, HIT, HIT]);
  await given.visitAll();
  await remove(given);
  expect(await caches()).toEqual([HIT, MISS, HIT, HIT]);
});
