import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { Publisher } from '../../../src/publish/publish.js';
import { type Site, startSite } from '../../helpers/site/site.js';

/** Returns a publisher that uses the site's app as the command line does: a separate one that knows only WEB_ROOT. */
function strangerTo({ app, webRoot }: Pick<Site, 'app' | 'webRoot'>): Publisher {
  const voidRenders = () => Promise.reject(new Error('nothing is to be voided'));
  const publisher = new Publisher({
    ...{ host: 'localhost', webRoot, voidRenders, headersFor: () => ({}) },
    defaultVariant: (path) => path,
  });
  publisher.attach(app);
  return publisher;
}

async function numberedSite(): Promise<Site> {
  let renders = 0;
  return await startSite(
    (app, pages) => {
      app.get('/stream', (_request, response) => Readable.from(['a', 'b']).pipe(response.status(201)));
      app.get('/{*path}', async (request, response) => {
        pages.tag(`path:${request.path.slice(1)}`);
        if (request.path === '/skipped') pages.skip('not today');
        await Promise.resolve();
        pages.tag('late');
        renders += 1;
        response.send(`render ${renders}`);
      });
    },
    { excludeUrls: ['^/excluded'] },
  );
}

test('a render-only order gets what the app answers and its tags, and the stored page stays as it is', async () => {
  const site = await numberedSite();
  await site.visit('/a');
  const { response, context } = await strangerTo(site).renderOnly({ kind: 'path', value: '/a' }, {});
  expect(response.body.toString()).toBe('render 2');
  expect([...(context?.tags ?? [])]).toEqual(['path:a', 'late']);
  expect(await site.request('/a')).toMatchObject({ body: 'render 1', cache: 'staticgenerator; hit' });
});

test('what was rendered only is not stored', async () => {
  const site = await numberedSite();
  await strangerTo(site).renderOnly({ kind: 'path', value: '/a' }, {});
  expect(await site.visit('/a')).toMatchObject({ body: 'render 2', cache: 'staticgenerator; fwd=uri-miss' });
});

test.each(['/a', '/excluded', '/a?page=2', '/skipped', '/stream'])(
  'the head of the answer for %s has nothing of ours',
  async (path) => {
    const site = await numberedSite();
    const { response } = await strangerTo(site).renderOnly({ kind: 'path', value: path }, {});
    expect(response.status).toBe(path === '/stream' ? 201 : 200);
    expect(Object.keys(response.headers)).not.toContain('cache-status');
    expect(Object.keys(response.headers)).not.toContain('cache-control');
  },
);

test('tags and skip() are told for a request that is no page, too', async () => {
  const publisher = strangerTo(await numberedSite());
  const excluded = await publisher.renderOnly({ kind: 'path', value: '/excluded' }, {});
  expect([...(excluded.context?.tags ?? [])]).toEqual(['path:excluded', 'late']);
  const skipped = await publisher.renderOnly({ kind: 'path', value: '/skipped' }, {});
  expect(skipped.context?.refusal).toEqual({ reason: 'skipped', detail: 'not today' });
});

test('an app whose pages are in another WEB_ROOT takes no order, so nothing is known of its tags', async () => {
  const { app } = await numberedSite();
  const other = strangerTo({ app, webRoot: '/nowhere' });
  expect((await other.renderOnly({ kind: 'path', value: '/a' }, {})).context).toBeUndefined();
});
