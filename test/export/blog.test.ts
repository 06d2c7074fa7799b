import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import sirv from 'sirv';
import { expect, test } from 'vitest';
import { relink } from '../../docs/examples/blog/seed/documentation.js';
import { binary, run } from '../cli/run.js';
import { isLong } from '../helpers/effort.js';
import { Editor, exampleFolder, startBlog } from '../helpers/site/blog.js';
import { listen, send } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';
import { filesIn } from './site.js';

const execute = promisify(execFile);

/** Removes the time at which a page was rendered, which is the only difference. */
function timeless(text: string): string {
  return text.replace(/Rendered at <time[^>]*>[^<]*<\/time>/, 'Rendered at some time');
}

/** The test renders the whole blog three times, each time in a new process. */
const TIMEOUT_MS = 300_000;

test('the example blog, exported, is served by a plain server of files as the app serves it', {
  timeout: TIMEOUT_MS,
}, async () => {
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
      'contact/index.html',
      'feed.xml',
      'sitemap.xml',
      'api/posts.json',
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

  // The parts for one visitor show what everyone sees at first, and the script that requests them is exported.
  const script = files.find((file) => file.startsWith('_islands/')) ?? '';
  const post = await readFile(join(site, 'posts/note-20/index.html'), 'utf8');
  expect(post).toContain(`src="/${script}"`);
  expect(post).toMatch(/<div data-island="\/visitor\/menu">\s*<a href="\/login">Sign in<\/a>/);
  expect(post).not.toMatch(/name="_csrf"[^>]* value/);

  // express.static sends `max-age=0`, and the script is not a page: both are rendered again each time.
  const always = [`/${script}`, '/icon.svg', '/style.css'];
  if (isLong) expect([...(await exportBlog('--changed')).rendered].sort()).toEqual(always);
  const ada = await Editor.signIn(blog.request);
  await ada.post('/admin/posts/note-20', { title: 'Note 20', body: 'Changed.', tags: 'notes' });
  const changed = await exportBlog('--changed');
  expect([...changed.rendered].sort()).toEqual(
    [...always, '/page/3', '/posts/note-20', '/sitemap.xml', '/tags/notes/page/2'].sort(),
  );
  expect(changed.reused + changed.rendered.length).toBe(first.rendered.length);
  expect(await readFile(join(site, 'posts/note-20/index.html'), 'utf8')).toContain('Changed.');
});

// The website exports the example in the same way as its demo, and checks it too: test/docs/site reads that export.
test.skipIf(!isLong)(
  'the example with its own posts, this documentation, exports without a dead link',
  {
    timeout: TIMEOUT_MS,
  },
  async () => {
    const folder = await temporaryFolder();
    const { code, stdout, stderr } = await run(['export', join(folder, 'dist'), '--check'], {
      folder: exampleFolder,
      environment: { BLOG_FOLDER: join(folder, 'var') },
    });
    expect([code, stderr.split('\n').filter((line) => line.startsWith('error'))], stderr).toEqual([0, []]);
    expect(stdout).toMatch(/: \d+ pages rendered, 0 unchanged, \d+ files in all\n$/);
    expect(Object.keys(await filesIn(join(folder, 'dist')))).toContain('posts/options/index.html');
  },
);

test.each([
  ['[options](options.md)', '[options](/posts/options)'],
  [
    '[`quickDelete(\u2026)`](options.md#quick) and [b](b.md)',
    '[`quickDelete(\u2026)`](/posts/options#quick) and b',
  ],
  ['[the `code` of it](../src/errors.ts)', 'the `code` of it'],
  ['![a picture](picture.svg)', 'a picture'],
  ['![a badge](https://x.example/badge.svg)', '![a badge](https://x.example/badge.svg)'],
  [
    '[web](https://x.example/) [top](#top) [root](/feed.xml)',
    '[web](https://x.example/) [top](#top) [root](/feed.xml)',
  ],
  ['`[code](options.md)` [a](options.md)', '`[code](options.md)` [a](/posts/options)'],
  [
    '```js\nlist[0](options.md)\n```\n[a](options.md)',
    '```js\nlist[0](options.md)\n```\n[a](/posts/options)',
  ],
])('the example makes %j of the documentation %j', (written, relinked) => {
  expect(relink(written, '/docs', new Map([['/docs/options.md', 'options']]))).toBe(relinked);
});
