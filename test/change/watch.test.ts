import { EventEmitter, once } from 'node:events';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import type { WatchOptions } from '../../src/change/watch-options.js';
import { startSite } from '../helpers/site/site.js';
import { temporaryFolder } from '../helpers/temporary.js';

const slug = (file: string) => `/${basename(file, '.md')}`;

async function watchedSite(pages: WatchOptions['pages'] = slug) {
  const content = join(await temporaryFolder(), 'content');
  await mkdir(content);
  await Promise.all(['a', 'b'].map((name) => writeFile(join(content, `${name}.md`), 'old')));
  const site = await startSite((app) => app.get('/:name', (_request, response) => response.send('page')), {
    watch: [{ files: join(content, '*.md'), pages }],
  });
  await site.logger.waitFor(({ message }) => message === 'watching files');
  await site.visit('/a');
  await site.visit('/b');
  const from = site.logger.lines.length;
  const report = async () => {
    const line = await site.logger.waitFor(({ message }) => message === 'watched files changed', from);
    return line.fields;
  };
  return { ...site, content, report };
}

test('a file that is written deletes its page and no other, and none that was there at the start', async () => {
  const { content, report, request } = await watchedSite();
  await writeFile(join(content, 'other.txt'), 'not among the files');
  await writeFile(join(content, 'a.md'), 'new');
  expect(await report()).toEqual({ files: [join(content, 'a.md')], pages: ['/a'] });
  expect((await request('/b')).cache).toBe('staticgenerator; hit');
  expect((await request('/a')).cache).toBe('staticgenerator; fwd=uri-miss');
});

test('a file that is renamed over another is one change', async () => {
  const { content, report } = await watchedSite();
  await writeFile(join(content, 'a.md.tmp'), 'new');
  await rename(join(content, 'a.md.tmp'), join(content, 'a.md'));
  expect(await report()).toEqual({ files: [join(content, 'a.md')], pages: ['/a'] });
});

test('a file that vanishes deletes its page', async () => {
  const { content, report } = await watchedSite();
  await rm(join(content, 'b.md'));
  expect(await report()).toEqual({ files: [join(content, 'b.md')], pages: ['/b'] });
});

test('a file whose path can be no page keeps no other page from being deleted', async () => {
  const { content, logger } = await watchedSite();
  await Promise.all(['100%', 'a'].map((name) => writeFile(join(content, `${name}.md`), 'new')));
  await logger.waitFor(({ fields }) => Array.isArray(fields.pages) && fields.pages.includes('/a'));
  const told = await logger.waitFor(({ message }) => message === 'no page can have these paths');
  expect(told.fields.paths).toEqual(['/100%']);
  expect(logger.lines.filter(({ level }) => level === 'error')).toEqual([]);
});

test('a pages function that fails is logged, and the next change still deletes', async () => {
  const { content, report, logger } = await watchedSite(async (file) => {
    if (file.endsWith('a.md')) throw new Error('no front matter');
    return ['/b', '/a'];
  });
  await writeFile(join(content, 'a.md'), 'new');
  const failure = await logger.waitFor(({ message }) =>
    message.startsWith('the option `watch` could not say'),
  );
  expect(failure.fields).toMatchObject({ file: join(content, 'a.md'), err: { message: 'no front matter' } });
  await writeFile(join(content, 'b.md'), 'new');
  await logger.waitFor(({ fields }) => Array.isArray(fields.pages) && fields.pages.length === 2);
  expect((await report()).pages).toEqual([]);
});

test('close() waits for the deletion that is under way', async () => {
  const steps = new EventEmitter();
  const called = once(steps, 'called');
  const { content, report, pages } = await watchedSite(async (file) => {
    steps.emit('called');
    await once(steps, 'closing');
    return slug(file);
  });
  await writeFile(join(content, 'a.md'), 'new');
  await called;
  const closed = pages.close();
  steps.emit('closing');
  await closed;
  expect((await report()).pages).toEqual(['/a']);
});
