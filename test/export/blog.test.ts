import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import sirv from 'sirv';
import { expect, test } from 'vitest';
import { binary } from '../cli/run.js';
import { Editor, exampleFolder, startBlog } from '../helpers/blog.js';
import { listen, send } from '../helpers/site.js';
import { filesIn } from './site.js';

const execute = promisify(execFile);

/** The time at which a page was rendered is the one thing that differs. */
function timeless(text: string): string {
  return text.replace(/Rendered at <time[^>]*>[^<]*<\/time>/, 'Rendered at some time');
}

test('the example blog, exported, is served by a plain server of files as the app serves it', async () => {
  const blog = await startBlog({ front: 'node' });
  const folder = dirname(blog.webRoot);
  const site = join(folder, 'site');
  const exportBlog = async (...words: string[]) => {
    const command = [
      binary,
      'export',
      site,
      '--config',
      join(exampleFolder, 'staticgenerator.config.js'),
      '--check',
      '--json',
      ...words,
    ];
    const { stdout } = await execute(process.execPath, command, {
      env: { ...process.env, BLOG_FOLDER: folder },
    });
    return JSON.parse(stdout) as { rendered: string[]; reused: number; failures: unknown[]; files: number };
  };

  const first = await exportBlog();
  expect(first.failures).toEqual([]);
  const files = Object.keys(await filesIn(site));
  expect(files).toHaveLength(first.files);
  expect(files).toEqual(
    expect.arrayContaining([
      'index.html',
      '404.html',
      'feed.xml',
      'sitemap.xml',
      'api/posts',
      'style.css',
      'posts/чай-и-кофе/index.html',
      'page/3/index.html',
    ]),
  );

  const serveFiles = sirv(site);
  const port = await listen((request, response) =>
    serveFiles(request, response, () => void response.writeHead(404).end()),
  );
  for (const path of first.rendered.filter((one) => one !== '/404.html')) {
    const [exported, live] = [await send(port, path), await blog.request(path)];
    expect([path, exported.status, timeless(exported.body)]).toEqual([path, 200, timeless(live.body)]);
  }

  // What express.static serves says `max-age=0`, so it is made anew each time.
  const always = ['/icon.svg', '/style.css'];
  const sorted = async (report: Promise<{ rendered: string[] }>) => [...(await report).rendered].sort();
  expect(await sorted(exportBlog('--changed'))).toEqual(always);
  const ada = await Editor.signIn(blog.request);
  await ada.post('/admin/posts/note-20', { title: 'Note 20', body: 'Changed.', tags: 'notes' });
  const changed = await exportBlog('--changed');
  expect([...changed.rendered].sort()).toEqual(
    [...always, '/page/3', '/posts/note-20', '/sitemap.xml', '/tags/notes/page/2'].sort(),
  );
  expect(changed.reused + changed.rendered.length).toBe(first.rendered.length);
  expect(await readFile(join(site, 'posts/note-20/index.html'), 'utf8')).toContain('Changed.');
});
