// The example blog with generated posts, warmed or exported by us or only rendered: node blog-warming.mjs <folder> <posts>. Asked over IPC.
import { join } from 'node:path';
import { mapConcurrently } from '../../../dist/concurrency.js';
import { renderPath } from '../../../dist/publish/render/render.js';
import { composeSite } from '../../../dist/site.js';
import { generatePosts } from '../../../docs/examples/blog/seed/generated-posts.js';
import { createSite } from '../../../docs/examples/blog/site.js';
import config from '../../../docs/examples/blog/staticgenerator.config.js';

const CONCURRENCY = 4;
const MEMORY_EVERY_MS = 50;
const [, , folder, posts] = process.argv;
const webRoot = join(folder, `www-${process.pid}`);
const blog = await createSite({ folder, posts: Number(posts), options: { logger: false, webRoot } });

async function timed(work) {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  return { ...result, milliseconds: performance.now() - startedAt, processorMs: (user + system) / 1000 };
}

const answers = {
  /** Warms as the command does: with its own instance next to the app's. */
  async warm() {
    const site = composeSite({ ...config, webRoot, logger: false }, { makesPages: false });
    site.publisher.attach(blog.app);
    const result = await timed(async () => {
      const { stored, refused } = await site.warmer.warm({
        seeds: [{ kind: 'path', value: '/' }],
        depth: 1_000_000,
        isExcluded: () => false,
        onlyMissing: false,
        concurrency: CONCURRENCY,
      });
      return { paths: stored.map(({ path }) => path), refused: refused.length };
    });
    await site.close();
    return result;
  },
  /** Returns the slugs of the generated posts. */
  slugs() {
    return { slugs: generatePosts(Number(posts)).map(({ slug }) => slug) };
  },
  /** Exports as the command does, with the posts declared by the app. */
  async export({ slugs }) {
    const site = composeSite({ ...config, webRoot, logger: false }, { makesPages: false });
    site.publisher.attach(blog.app);
    blog.pages.route('/posts/:slug', { params: slugs });
    // The export stays until the suite has ended: ext4 creates files slowly for a while after thousands were deleted.
    const target = join(folder, `site-${process.pid}`);
    globalThis.gc();
    const before = process.memoryUsage.rss();
    let peak = before;
    const note = () => {
      peak = Math.max(peak, process.memoryUsage.rss());
    };
    const timer = setInterval(note, MEMORY_EVERY_MS);
    const result = await timed(async () => {
      const { files } = await site.exportSite(target, { concurrency: CONCURRENCY, notFound: false });
      if (files !== slugs.length) throw new Error(`${files} files of ${slugs.length} posts`);
    });
    note();
    clearInterval(timer);
    await site.close();
    return { ...result, before, peak };
  },
  /** Renders as a live site does: the reads are tracked for the tags of the pages. */
  async renderTracked({ paths }) {
    const site = composeSite({ ...config, webRoot, logger: false }, { makesPages: false });
    site.publisher.attach(blog.app);
    const render = async (value) => await site.publisher.renderOnly({ kind: 'path', value }, {});
    const result = await timed(async () => {
      await mapConcurrently(paths, render, { concurrency: CONCURRENCY });
    });
    await site.close();
    return result;
  },
  async render({ paths }) {
    // From here on, our middleware passes every request to the app.
    await blog.pages.close();
    const render = async (path) => await renderPath(blog.app, { path, host: 'localhost' });
    return await timed(async () => {
      await mapConcurrently(paths, render, { concurrency: CONCURRENCY });
    });
  },
};

process.on('message', async ({ ask, ...fields }) => {
  try {
    process.send({ value: await answers[ask](fields) });
  } catch (error) {
    process.send({ error: String(error) });
  }
});
process.on('disconnect', async () => {
  await blog.close().catch(() => undefined);
  process.exit(0);
});
process.send({});
