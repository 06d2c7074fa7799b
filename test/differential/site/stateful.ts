import express, { type Express, type Response, Router } from 'express';
import type { StaticGenerator } from '../../../src/index.js';
import type { SiteState } from './state.js';
import { escapeHtml, htmlOf } from './text.js';

/** The methods of the cache that an application calls. Without a cache, they do nothing. */
export type Pages = Pick<StaticGenerator, 'tag' | 'variant' | 'quickDelete' | 'quickPublish'>;

export const noPages: Pages = {
  tag: () => undefined,
  variant: () => '',
  quickDelete: async () => ({ deleted: [], regenerated: [], kept: [], notPages: [] }),
  quickPublish: async () => ({ stored: [], refused: [], notPages: [] }),
};

/** The documents of each shard. Requests that change them come one after the other. */
const documents = ['a', 'b', 'caf\u00e9'] as const;

/** Returns the paths of a shard's own resources. */
export function statefulPaths(shard: string): readonly string[] {
  const ids = documents.map((name) => encodeURIComponent(`${shard}-${name}`));
  return [
    ...ids.flatMap((id) => [
      `/note/${id}`,
      `/note/${id}/`,
      `/doc/${id}`,
      `/doc/${id}.html`,
      `/api/doc/${id}`,
    ]),
    ...[`/shelf/${shard}`, `/shelf/${shard}/`, `/shelf/${shard}.json`, `/headed/${shard}`],
  ];
}

export function mountStateful(app: Express, state: SiteState, pages: Pages): void {
  app.use(express.urlencoded({ extended: false }), express.json());
  app.use(notes(state));
  mountDocuments(app, state, pages);
  mountShelves(app, state, pages);
}

/**
 * Resources that rely on RFC 9111 §4.4 alone: an unsafe request invalidates its own URL, Location and Content-Location.
 * So there must be no other URLs for them.
 */
function notes(state: SiteState): Router {
  const router = Router({ caseSensitive: true });
  const url = (id: string) => `/note/${encodeURIComponent(id)}`;
  const change = (id: string, body: unknown) => {
    state.bump(`note ${id}`);
    state.set(`note text ${id}`, JSON.stringify(body ?? null));
  };
  router.get('/note/:id', ({ params: { id } }, response) => {
    const text = state.get(`note text ${id}`) ?? '';
    response.send(`note ${id} version ${state.version(`note ${id}`)} ${escapeHtml(text)}`);
  });
  router.post('/note/:id', ({ params: { id }, body }, response) => {
    change(id, body);
    response.redirect(303, url(id));
  });
  router.put('/note/:id', ({ params: { id }, body }, response) => {
    change(id, body);
    response.status(204).end();
  });
  router.delete('/note/:id', ({ params: { id } }, response) => {
    change(id, 'deleted');
    response.json({ deleted: id });
  });
  router.patch('/note/:id', (_request, response) => void response.status(400).send('no such operation'));
  router.post('/note/:id/comments', ({ params: { id }, body }, response) => {
    change(id, body);
    response.status(201).location(url(id)).send('added');
  });
  router.put('/note/:id/title', ({ params: { id }, body }, response) => {
    change(id, body);
    response.set('Content-Location', url(id)).type('html').write('streamed ');
    response.end('answer');
  });
  return router;
}

/**
 * Returns the tag of a document. A tag has no control characters and a limited length, but an id in a URL may be
 * anything.
 */
const tagOf = (id: string) => `doc:${encodeURIComponent(id).slice(0, 500)}`;

/** Resources with tags, which the application deletes, regenerates or publishes. */
function mountDocuments(app: Express, state: SiteState, pages: Pages): void {
  const exists = (id: string) => state.get(`doc gone ${id}`) !== 'yes';
  const show = (id: string, response: Response, text: string) => {
    pages.tag(tagOf(id));
    if (exists(id)) response.send(text);
    else response.status(404).send('gone');
  };
  const change = (id: string, gone = false) => {
    state.bump(`doc ${id}`);
    state.set(`doc gone ${id}`, gone ? 'yes' : 'no');
  };
  app.get('/doc/:id.html', (request, response) => {
    const { id } = request.params;
    show(id, response, htmlOf(request, `document ${id} version ${state.version(`doc ${id}`)}`));
  });
  app.get('/doc/:id', (request, response) => {
    const { id } = request.params;
    show(id, response, htmlOf(request, `document ${id} version ${state.version(`doc ${id}`)}`));
  });
  app.get('/api/doc/:id', ({ params: { id } }, response) => {
    pages.tag(tagOf(id));
    response.status(exists(id) ? 200 : 404).json({ id, version: state.version(`doc ${id}`) });
  });
  app.post('/doc/:id', async ({ params: { id } }, response) => {
    change(id);
    await pages.quickDelete({ tag: tagOf(id) });
    response.redirect(303, `/doc/${encodeURIComponent(id)}`);
  });
  app.put('/doc/:id', async ({ params: { id } }, response) => {
    change(id);
    await pages.quickDelete({ tag: tagOf(id) }, { refresh: 'regenerate' });
    response.json({ version: state.version(`doc ${id}`) });
  });
  app.patch('/doc/:id', async ({ params: { id } }, response) => {
    change(id);
    await pages.quickDelete({ tag: tagOf(id) });
    // An id in a URL may be anything, but a path that can be published may not.
    if (/^[\w\u00c0-\u00ff-]+$/.test(id)) await pages.quickPublish(`/doc/${encodeURIComponent(id)}`);
    response.status(204).end();
  });
  app.delete('/doc/:id', async ({ params: { id } }, response) => {
    change(id, true);
    await pages.quickDelete({ tag: tagOf(id) });
    response.status(204).end();
  });
}

/** Lists that depend on several documents, and a page whose headers change with its content. */
function mountShelves(app: Express, state: SiteState, pages: Pages): void {
  const contents = (shard: string) => {
    const ids = documents.map((name) => `${shard}-${name}`);
    pages.tag(...ids.map(tagOf));
    return ids.map((id) => ({ id, version: state.version(`doc ${id}`), gone: state.get(`doc gone ${id}`) }));
  };
  app.get('/shelf/:shard.json', ({ params: { shard } }, response) => void response.json(contents(shard)));
  app.get('/shelf/:shard', (request, response) => {
    response.send(htmlOf(request, 'shelf', JSON.stringify(contents(request.params.shard))));
  });
  const router = Router({ caseSensitive: true });
  app.use(router);
  router
    .route('/headed/:shard')
    .get((request, response) => {
      const version = state.version(`headed ${request.params.shard}`);
      if (version % 3 === 1) response.set('X-Version', String(version));
      if (version % 3 === 2) response.set('Cache-Control', 'private');
      response.send(htmlOf(request, `headed ${version}`));
    })
    .post((request, response) => {
      state.bump(`headed ${request.params.shard}`);
      response.redirect(303, request.originalUrl);
    });
}
