import { once } from 'node:events';
import express, { type Express, type Request, type Response } from 'express';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Options } from '../../src/config.js';
import { accepts } from '../cases/accepts.js';
import { effort } from '../helpers/effort.js';
import { send } from '../helpers/site/site.js';
import { cacheStatusOf, type EngineSite, engines, HIT, startEngine } from './engines.js';

type Page = (request: Request, response: Response) => unknown;

/** What apps do with Accept. Each one has a page for every order of visitors. */
const pages: Readonly<Record<string, Page>> = {
  'format, HTML first': (_request, response) =>
    response.format({ html: () => response.send('<p>html'), json: () => response.json({}) }),
  'format, JSON first': (_request, response) =>
    response.format({ json: () => response.json({}), html: () => response.send('<p>html') }),
  accepts: (request, response) => response.send(`<p>${String(request.accepts(['json', 'html', 'text']))}`),
  'looks for a text': (request, response) =>
    response.send(`<p>${request.headers.accept?.includes('text/html') === true ? 'whole' : 'part'}`),
  'looks for images': (request, response) =>
    response.send(`<p>${/image\/(?:webp|avif|png)/.exec(request.get('accept') ?? '')?.[0] ?? 'jpeg'}`),
  'looks at nothing': (_request, response) => response.send('<p>for all'),
};
const names = Object.keys(pages);
const USUAL_FIRSTS = ['Safari, and Firefox', 'an API client'];
const firsts = accepts.filter(([name]) => effort({ usual: USUAL_FIRSTS.includes(name), long: true }));

function mount(app: Express): Express {
  for (const [index, page] of Object.values(pages).entries()) app.get(`/p${index}/:order`, page);
  return app;
}

const linesOf = (accept: string | null) => (accept === null ? [] : [`Accept: ${accept}`]);
const asking = (accept: string | null) => ({ lines: linesOf(accept) });

/** The answers of the app without a cache, by page and Accept. */
const own = new Map<string, string>();
beforeAll(async () => {
  const server = mount(express()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  for (const index of names.keys())
    for (const [who, accept] of accepts) {
      const headers = accept === null ? {} : { accept };
      own.set(`${index} ${who}`, (await send(port, `/p${index}/0`, { headers })).body);
    }
  server.close();
});

const moved: Partial<Options> = { bypassHeaders: { add: ['Accept'] }, headers: { Vary: 'Accept' } };

describe.each(engines)('through %s', (engine) => {
  describe.each([
    ['at the defaults', {}],
    ['where requests with another Accept bypass', moved],
  ] as const)('%s', (_, options) => {
    const start = (): Promise<EngineSite> =>
      startEngine(engine, (site) => mount(express().use(site.middleware)), options);

    test('nobody gets the answer to another Accept, whoever comes first', async () => {
      const site = await start();
      for (const index of names.keys())
        for (const [order, [first, firstAccept]] of firsts.entries()) {
          const path = `/p${index}/${order}`;
          await site.ask(path, asking(firstAccept));
          for (const [who, accept, isNavigation] of accepts) {
            const { body } = await site.ask(path, asking(accept));
            // The page that names the fewest types of images suits every browser.
            const suits = names[index] === 'looks for images' && isNavigation;
            const right = [own.get(`${index} ${who}`), ...(suits ? ['<p>jpeg'] : [])];
            expect([names[index], first, who, right]).toEqual([
              names[index],
              first,
              who,
              expect.arrayContaining([body.toString()]),
            ]);
          }
        }
    });
  });

  test('visits of browsers are hits, whichever came first, once a plain one has come', async () => {
    const site = await startEngine(engine, (made) => mount(express().use(made.middleware)));
    const [safari, chrome] = accepts;
    const outcomes: unknown[] = [];
    for (const [index, name] of names.slice(0, 5).entries()) {
      const path = `/p${index}/0`;
      const made = await site.visit(path, asking(chrome?.[1] ?? null));
      const again = await site.ask(path, asking(chrome?.[1] ?? null));
      const replaced = await site.visit(path, asking(safari?.[1] ?? null));
      const hits: boolean[] = [];
      for (const [, accept, isNavigation] of accepts)
        if (isNavigation) hits.push(cacheStatusOf(await site.ask(path, asking(accept))) === HIT);
      outcomes.push([name, made.outcome, cacheStatusOf(again), replaced.outcome, hits.every(Boolean)]);
    }
    expect(outcomes).toEqual(names.slice(0, 5).map((name) => [name, 'stored', HIT, 'stored', true]));
  });

  test("a page that reads no Accept is everybody's", async () => {
    const site = await startEngine(engine, (made) => mount(express().use(made.middleware)));
    await site.visit('/p5/0', asking('application/json'));
    for (const [who, accept] of accepts)
      expect([who, cacheStatusOf(await site.ask('/p5/0', asking(accept)))]).toEqual([who, HIT]);
  });
});

test('nginx itself answers visits, if requests with another Accept bypass', async () => {
  const site = await startEngine('nginx', (made) => mount(express().use(made.middleware)), moved);
  for (const index of [0, 1]) {
    await site.visit(`/p${index}/0`, asking(accepts[0]?.[1] ?? null));
    const before = site.reached();
    const answers: unknown[] = [];
    for (const [, accept, isNavigation] of accepts) {
      const answer = await site.ask(`/p${index}/0`, asking(accept));
      const isHit = cacheStatusOf(answer) === HIT;
      answers.push([isHit, isNavigation]);
      expect(answer.headers.get('vary')).toContain('Accept');
    }
    expect(answers.every((one) => String(one) === 'true,true' || String(one) === 'false,false')).toBe(true);
    expect(site.reached() - before).toBe(accepts.filter(([, , isNavigation]) => !isNavigation).length);
  }
});
