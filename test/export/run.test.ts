import { once } from 'node:events';
import type { Express, Response } from 'express';
import { expect, test } from 'vitest';
import type { ExportVariant } from '../../src/export/options.js';
import { Gate } from '../helpers/protocol/gated-site.js';
import { exportingSite, failuresOf } from './site.js';

const GATED = ['/a', '/b', '/c', '/d'];

/** Answers the gated pages in a given order, each when the client has received the previous one. */
function answerInOrder(app: Express, order: readonly string[]): void {
  const waiting = new Map<string, Response>();
  app.get(GATED, async (request, response) => {
    waiting.set(request.path, response);
    if (waiting.size < GATED.length) return;
    for (const path of order) {
      const one = waiting.get(path);
      one?.send(
        `${path} <a href="/n${path === '/b' ? '/' : ''}">n</a><a href="/gone">g</a><a href="/of${path}">o</a>`,
      );
      if (one !== undefined && !one.closed) await once(one, 'close');
      await new Promise(setImmediate);
    }
    waiting.clear();
  });
}

function crawled(order: readonly string[]) {
  return exportingSite((app) => {
    app.get('/', (_request, response) => {
      response.send(GATED.map((path) => `<a href="${path}">x</a>`).join(''));
    });
    answerInOrder(app, order);
    app.get(['/n', '/n/'], (request, response) => void response.send(request.path));
    app.get('/of/:name', (request, response) => void response.send(`of ${request.params.name}`));
  });
}

const ORDERS = [
  ['/a', '/b', '/c', '/d'],
  ['/d', '/c', '/b', '/a'],
  ['/b', '/d', '/a', '/c'],
];

test.each(ORDERS)(
  'pages that end in the order %s, %s, %s, %s are told in that in which they were found',
  async (...order) => {
    const site = await crawled(order);
    const { rendered, failures } = await site.export({ keepGoing: true, concurrency: 4 });
    expect(rendered).toEqual(['/', ...GATED, '/n', '/of/a', '/of/b', '/of/c', '/of/d']);
    expect(failures).toMatchObject([{ path: '/gone', linkedFrom: '/a' }]);
    expect(await site.files()).toMatchObject({ 'n/index.html': '/n' });
  },
);

test.each(ORDERS)(
  'of pages with one file that end in the order %s, %s, %s, %s, the first has it',
  async (...order) => {
    const site = await exportingSite((app, pages) => {
      answerInOrder(app, order);
      pages.route('/:name', { params: ['a', 'b', 'c', 'd'], file: 'one.html' });
    });
    const { rendered, failures } = await site.export({ keepGoing: true, concurrency: 4 });
    expect(rendered).toEqual(['/a']);
    expect(failures.map(({ path }) => path)).toEqual(['/b', '/c', '/d']);
    expect((await site.files())['one.html']).toMatch(/^\/a/);
  },
);

test('a page that waits for a slow one does not keep others from being rendered', async () => {
  const others = new Gate();
  let renders = 0;
  const site = await exportingSite((app, pages) => {
    app.get('/:name', async (request, response) => {
      if (request.params.name === 'slow') await others.pass();
      else if (++renders === 50) others.open();
      response.send(request.params.name);
    });
    pages.route('/:name', { params: ['slow', ...Array.from({ length: 50 }, (_, index) => `page-${index}`)] });
  });
  const { rendered } = await site.export({ concurrency: 2 });
  expect([rendered.length, rendered[0]]).toEqual([51, '/slow']);
});

test.each([
  { size: 'large', bytes: 1024 * 1024, most: 17 },
  { size: 'small', bytes: 1, most: 257 },
])('$size pages that wait for a slow one are bounded', async ({ bytes, most }) => {
  const full = new Gate();
  let renders = 0;
  const site = await exportingSite((app, pages) => {
    app.get('/slow', async (_request, response) => {
      await full.pass();
      for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
      response.type('bin').send(`${renders} rendered meanwhile`);
    });
    app.get('/:name', (_request, response) => {
      if (++renders === most) full.open();
      response.type('bin').send('x'.repeat(bytes));
    });
    const others = Array.from({ length: most + 20 }, (_, index) => `page-${index}`);
    pages.route('/:name', { params: ['slow', ...others] });
  });
  await site.export({ concurrency: 2 });
  expect(await site.files()).toMatchObject({ slow: `${most} rendered meanwhile` });
});

test('pages that have been written make room for others, which are rendered together again', async () => {
  const body = 'x'.repeat(1024 * 1024);
  const together = new Gate();
  const site = await exportingSite((app, pages) => {
    app.get('/:name', async (request, response) => {
      if (request.params.name === 'last') together.open();
      if (request.params.name === 'last-but-one') await together.pass();
      response.type('bin').send(body);
    });
    const before = Array.from({ length: 20 }, (_, index) => `page-${index}`);
    pages.route('/:name', { params: [...before, 'last-but-one', 'last'] });
  });
  expect((await site.export({ concurrency: 2 })).rendered.slice(-2)).toEqual(['/last-but-one', '/last']);
});

/**
 * Each language has a home page with links to its own page, to the other languages, and to a page without a language.
 */
function languages(variants: readonly ExportVariant[]) {
  const prefixes = ['', '/de', '/de-at'];
  return exportingSite(
    (app) => {
      for (const prefix of prefixes) {
        app.get(prefix || '/', (request, response) => {
          const others = prefixes.map((other) => `<a href="${other || '/'}">o</a>`).join('');
          const language = request.get('Accept-Language') ?? '';
          response.send(
            `${request.path} ${language}${others}<a href="${prefix}/about">a</a><a href="/design">d</a>`,
          );
        });
        app.get(`${prefix}/about`, (request, response) => {
          response.send(`${request.path} ${request.get('Accept-Language') ?? ''}`);
        });
      }
      app.get('/design', (request, response) => void response.send(request.path));
    },
    { export: { variants } },
  );
}

test('where links are followed, a page is of the variant that its prefix names, and is rendered once', async () => {
  const site = await languages([
    { name: 'en' },
    { name: 'de', prefix: '/de', headers: { 'Accept-Language': 'de' }, folder: '' },
    { name: 'at', prefix: '/de-at', headers: { 'Accept-Language': 'de-AT' }, folder: '' },
  ]);
  const { rendered, failures } = await site.export({ crawl: true });
  expect([[...rendered].sort(), failures]).toEqual([
    ['/', '/about', '/de-at/', '/de-at/about', '/de/', '/de/about', '/design'],
    [],
  ]);
  const files = await site.files();
  expect(Object.keys(files)).toEqual([
    'about/index.html',
    'de-at/about/index.html',
    'de-at/index.html',
    'de/about/index.html',
    'de/index.html',
    'design/index.html',
    'index.html',
  ]);
  expect([files['about/index.html'], files['de/about/index.html'], files['de-at/about/index.html']]).toEqual([
    '/about ',
    '/de/about de',
    '/de-at/about de-AT',
  ]);
});

test('where links are followed, variants of headers each follow their own', async () => {
  const site = await languages([{ name: 'en' }, { name: 'fr', headers: { 'Accept-Language': 'fr' } }]);
  const { rendered } = await site.export({ crawl: true, exclude: [/^\/de(?:-|\/|$)/] });
  expect([...rendered].sort()).toEqual(['/', '/', '/about', '/about', '/design', '/design']);
  expect(await site.files()).toMatchObject({
    'about/index.html': '/about ',
    'fr/about/index.html': '/about fr',
    'fr/design/index.html': '/design',
  });
});

test('an export that finds nothing says so', async () => {
  const site = await exportingSite(() => undefined);
  const { files, notices } = await site.export({ crawl: false });
  expect([files, notices]).toEqual([0, [expect.stringContaining('Nothing was exported')]]);
});

test('where the middleware is not reached, so that routes are not known, that is told', async () => {
  const site = await exportingSite(() => undefined, {
    before: (app) => void app.get('/', (_request, response) => void response.send('early')),
  });
  const { rendered, notices } = await site.export();
  expect([rendered, notices]).toEqual([['/'], [expect.stringContaining('routes')]]);
  const failing = await exportingSite(() => undefined, {
    before: (app) => void app.get('/', (_request, response) => void response.status(404).send('early')),
  });
  expect((await failuresOf(failing.export())).message).toContain(notices[0]);
});

test('routes that are known give no notice, whatever answers /', async () => {
  const site = await exportingSite(
    (app, pages) => {
      app.get('/a', (_request, response) => void response.send('a'));
      pages.route('/a');
    },
    { before: (app) => void app.get('/', (_request, response) => void response.send('early')) },
  );
  expect(await site.export()).toMatchObject({ rendered: ['/a'], notices: [] });
});
