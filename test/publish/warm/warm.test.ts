import { expect, test } from 'vitest';
import { resolveConfig } from '../../../src/config.js';
import type { WarmSettings } from '../../../src/publish/warm/warm.js';
import { composeSite } from '../../../src/site.js';
import { startSite } from '../../helpers/site/site.js';

const defaults: WarmSettings = {
  seeds: [{ kind: 'path', value: '/' }],
  depth: 100,
  isExcluded: () => false,
  onlyMissing: false,
};

/** Starts a site of linked pages, and the warmer of a command, which is another instance. */
async function linkedSite(
  links: Readonly<Record<string, string>>,
  onRender: (path: string) => Promise<void> | void = () => undefined,
) {
  const renders: string[] = [];
  const site = await startSite(
    (app) => {
      app.get('/sitemap.xml', (_request, response) => {
        const urls = ['/map/a', '/map/b'].map(
          (path) => `<url><loc>https://public.example${path}</loc></url>`,
        );
        response.type('xml').send(`<urlset>${urls.join('')}</urlset>`);
      });
      app.use(async (request, response) => {
        await onRender(request.url);
        const html = links[request.url];
        if (html === undefined) return void response.status(404).send('none');
        renders.push(request.url);
        response.send(html);
      });
    },
    { urls: [/^(?!\/private)/] },
  );
  const { warmer, publisher, close } = composeSite(
    { webRoot: site.webRoot, urls: [/^(?!\/private)/], logger: false },
    { makesPages: false },
  );
  publisher.attach(site.app);
  const warm = async (settings: Partial<WarmSettings> = {}) => {
    const report = await warmer.warm({ ...defaults, ...settings });
    return { ...report, paths: report.stored.map(({ path }) => path).sort() };
  };
  return { ...site, renders, warm, close };
}

test('links are followed over the whole site, each page is rendered once, and the app serves them', async () => {
  const site = await linkedSite({
    '/': '<a href="/a#x"><a href="b/"><a href="/private/x"><a href="//other.example/c"><a href="/a?page=2">',
    '/a': '<a href="/"><a href="/deep">',
    '/b/': '<base href="/b/sub/"><a href="c">',
    '/b/sub/c': 'end',
    '/deep': '<a href="/missing">',
    '/private/x': 'private',
  });
  const report = await site.warm();
  expect(report.paths).toEqual(['/', '/a', '/b/', '/b/sub/c', '/deep']);
  expect(report.refused).toEqual([{ path: '/missing', reason: 'status', detail: '404' }]);
  expect(report).toMatchObject({ skipped: 0, interrupted: false });
  expect(site.renders.sort()).toEqual(report.paths);
  expect((await site.request('/b/sub/c')).cache).toBe('staticgenerator; hit');
  await site.close();
});

test('a report is in the order of the paths, whichever render was the first to end', async () => {
  let ended: () => void = () => undefined;
  const others = new Promise<void>((resolve) => (ended = resolve));
  const links = ['/a', '/gone/a', '/c', '/gone/b', '/b'];
  const site = await linkedSite(
    { '/': links.map((path) => `<a href="${path}">`).join(''), '/a': 'a', '/b': 'b', '/c': 'c' },
    async (path) => {
      if (path === '/a' || path === '/gone/a') await others;
      if (path === '/b') ended();
    },
  );
  const { stored, refused } = await site.warm({ concurrency: 3 });
  expect(stored.map(({ path }) => path)).toEqual(['/', '/a', '/b', '/c']);
  expect(refused.map(({ path }) => path)).toEqual(['/gone/a', '/gone/b']);
  await site.close();
});

test('depth and exclusions bound the walk', async () => {
  const site = await linkedSite({
    '/': '<a href="/1"><a href="/x">',
    '/1': '<a href="/2">',
    '/2': '',
    '/x': '',
  });
  expect((await site.warm({ depth: 1, isExcluded: (path) => path === '/x' })).paths).toEqual(['/', '/1']);
  expect((await site.warm({ depth: 0 })).paths).toEqual(['/']);
  await site.close();
});

test('the pages of a sitemap are starts, whatever public address it names', async () => {
  const site = await linkedSite({ '/map/a': 'a', '/map/b': '<a href="/c">', '/c': 'c' });
  expect((await site.warm({ seeds: [], sitemap: '/sitemap.xml' })).paths).toEqual(['/c', '/map/a', '/map/b']);
  const report = await site.warm({ seeds: [], sitemap: '/none.xml' });
  expect(report.refused).toEqual([{ path: '/none.xml', reason: 'status', detail: '404' }]);
  await site.close();
});

test('only what is missing is rendered, and the links of what is there are followed', async () => {
  const site = await linkedSite({
    '/': '<a href="/1">',
    '/1': '<a href="/2">',
    '/2': '<a href="/3">',
    '/3': '',
  });
  await site.warm({ depth: 2 });
  site.renders.length = 0;
  await site.pages.quickDelete('/1');
  const report = await site.warm({ onlyMissing: true });
  expect(report).toMatchObject({ paths: ['/1', '/3'], skipped: 2 });
  expect(site.renders).toEqual(['/1', '/3']);
  await site.close();
});

test('a warming that is stopped tells what it did, and another goes on', async () => {
  const site = await linkedSite({
    '/': '<a href="/1">',
    '/1': '<a href="/2">',
    '/2': '<a href="/3">',
    '/3': '',
  });
  const controller = new AbortController();
  const report = await site.warm({
    signal: controller.signal,
    onProgress: ({ done }) => void (done === 2 && controller.abort()),
  });
  expect(report).toMatchObject({ interrupted: true, refused: [] });
  expect(report.paths.slice(0, 2)).toEqual(['/', '/1']);
  const { paths } = await site.warm({ onlyMissing: true });
  // The render that was running may have finished.
  expect([...report.paths, ...paths]).toEqual(['/', '/1', '/2', '/3']);
  expect(paths.at(-1)).toBe('/3');
  await site.close();
});

test('pages whose links have not been read are bounded: large ones are read before others are rendered', async () => {
  const large = 'x'.repeat(40_000);
  const site = await linkedSite({ '/1': large, '/2': `${large}<a href="/4">`, '/3': '', '/4': '' });
  const known: number[] = [];
  await site.warm({
    seeds: ['/1', '/2', '/3'].map((value) => ({ kind: 'path', value })),
    concurrency: 1,
    onProgress: ({ total, done }) => {
      known[done] = total;
    },
  });
  expect(site.renders).toEqual(['/1', '/2', '/3', '/4']);
  // The fourth page is known only when the third has been rendered.
  expect(known).toEqual([3, 3, 3, 4, 4]);
  await site.close();
});

test('no more renders than asked for are under way', async () => {
  let running = 0;
  let most = 0;
  const site = await startSite((app) => {
    app.get('/', (_request, response) => {
      response.send(Array.from({ length: 20 }, (_value, index) => `<a href="/${index}">`).join(''));
    });
    app.use(async (_request, response) => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running -= 1;
      response.send('x');
    });
  });
  const { warmer, publisher, close } = composeSite(
    { webRoot: site.webRoot, urls: [/^\//], logger: false },
    { makesPages: false },
  );
  publisher.attach(site.app);
  expect((await warmer.warm({ ...defaults, concurrency: 3 })).stored).toHaveLength(21);
  expect(most).toBe(3);
  await close();
});

test('the options of warming have defaults, and what cannot be used is named', () => {
  const base = { webRoot: 'www', urls: [/^\//], logger: false } as const;
  expect(resolveConfig(base).warm).toMatchObject({ urls: ['/'], depth: 100, concurrency: 4, exclude: [] });
  const wrong = { ...base, warm: { urls: ['posts'], depth: -1, models: [], other: 1 } };
  expect(() => resolveConfig(wrong as never)).toThrow(/warm\.urls\[0\][\s\S]*warm\.|warm\./);
});
