import { expect, test } from 'vitest';
import { RouteAdvice } from '../../../src/change/targets/route-advice.js';
import { RecordingLogger } from '../../helpers/recording-logger.js';
import { startSite } from '../../helpers/site/site.js';

const TOLD =
  'the target looks like the path of a route, but names only the page with exactly this path; use the glob to name all pages of the route';

test('a target that reads like the path of a route is told of once, with the glob of the route', async () => {
  const site = await startSite((app) => {
    app.get('/:name{/:part}', (_request, response) => void response.send('page'));
  });
  for (const path of ['/posts/a', '/posts/b']) expect((await site.visit(path)).outcome).toBe('stored');
  const warnings = () => site.logger.lines.filter(({ level }) => level === 'warn');
  expect((await site.pages.quickDelete('/posts/:slug', ['/', '/:lang/**'])).deleted).toEqual([]);
  await site.pages.quickDelete('/posts/:slug');
  await site.pages.quickPublish('/posts/:slug', '/posts/:other');
  expect(warnings()).toEqual([
    { level: 'warn', message: TOLD, fields: { target: '/posts/:slug', glob: '/posts/*' } },
    { level: 'warn', message: TOLD, fields: { target: '/:lang/**', glob: '/*/**' } },
    { level: 'warn', message: TOLD, fields: { target: '/posts/:other', glob: '/posts/*' } },
  ]);
  expect((await site.pages.quickDelete('/posts/*')).deleted).toContain('/posts/a');
});

test('a page that is called so is deleted as any other', async () => {
  const site = await startSite((app) =>
    app.get('/:name', (_request, response) => void response.send('page')),
  );
  expect((await site.visit('/:name')).outcome).toBe('stored');
  expect((await site.pages.quickDelete('/:name')).deleted).toEqual(['/:name']);
});

test('no more than ten are told of, and nothing is told of other targets', () => {
  const logger = new RecordingLogger();
  const advice = new RouteAdvice(logger);
  advice.tell([{ kind: 'all' }, { kind: 'tag', value: '/:a' }, { kind: 'path', value: '/a:b' }]);
  expect(logger.lines).toEqual([]);
  advice.tell(Array.from({ length: 100 }, (_value, index) => ({ kind: 'path', value: `/:a${index}` })));
  expect(logger.lines).toHaveLength(10);
});
