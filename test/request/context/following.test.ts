import { setImmediate as soon } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RenderContexts } from '../../../src/request/render-context.js';
import { deferred } from '../../helpers/deferred.js';
import { startSite } from '../../helpers/site/site.js';

const lease = { generation: 1, sequence: 1 };
const PAGE = { path: '/', route: undefined };

function contexts() {
  const notices: unknown[] = [];
  const subject = new RenderContexts({
    onNotice: (notice) => notices.push(notice),
    onDoubt: () => undefined,
  });
  return { subject, notices };
}

test('before anybody says something of a page, what is said counts for every render that is under way', async () => {
  const { subject, notices } = contexts();
  const [first, second] = [subject.begin(lease), subject.begin(lease)];
  const work = subject.run(first, async () => {
    await soon();
    subject.tag('a');
    subject.writes(first);
  });
  await work;
  expect([[...first.tags], [...second.tags]]).toEqual([['a'], ['a']]);
  // The render has lost no context, because it had none. So no notice advises to look for a queue.
  expect(first.isLost).toBe(false);
  subject.run(subject.begin(lease), () => subject.read('post', 'post:1'));
  expect(subject.conclude(first, PAGE)).toBeUndefined();
  expect([[...first.tags], notices]).toEqual([['a', 'post:1'], []]);
});

test('a render that skips itself before any other has said something keeps those beside it from being stored, too', () => {
  const { subject } = contexts();
  const [first, second] = [subject.begin(lease), subject.begin(lease)];
  subject.run(first, () => subject.skip('personal'));
  const skipped = { reason: 'skipped', detail: 'personal' };
  expect([first.refusal, second.refusal]).toEqual([skipped, skipped]);
  const third = subject.begin(lease);
  subject.run(third, () => undefined);
  expect(third.refusal).toBeUndefined();
});

test.each<[string, (subject: RenderContexts) => void]>([
  ['said in advance', (subject) => subject.follow()],
  ['a tag', (subject) => subject.tag('x')],
  ['a read', (subject) => subject.read('post', 'x')],
  ['a snapshot', (subject) => subject.readSince(lease)],
  ['what is not known', (subject) => subject.readUnclear('x')],
  ['a skip', (subject) => subject.skip()],
  ['a change', (subject) => void subject.changed([])],
  ['what does not count', (subject) => subject.untracked(() => undefined)],
])('after %s renders are told apart', async (_, say) => {
  const { subject } = contexts();
  say(subject);
  const [first, second] = [subject.begin(lease), subject.begin(lease)];
  await subject.run(first, async () => {
    await soon();
    subject.tag('a');
  });
  expect([[...first.tags], [...second.tags]]).toEqual([['a'], []]);
  subject.writes(second);
  expect(second.isLost).toBe(false);
  subject.run(second, () => undefined);
  subject.writes(second);
  expect(second.isLost).toBe(true);
});

test('a request that makes no page is told apart as well', async () => {
  const { subject } = contexts();
  subject.follow();
  const render = subject.begin(lease);
  await subject.runAside(async () => {
    await soon();
    subject.tag('a');
  });
  expect([...render.tags]).toEqual([]);
});

test('a site with a tracker follows its first renders', async () => {
  const both = deferred();
  let begun = 0;
  const site = await startSite((app, pages) => {
    const tracker = pages.track();
    app.get('/:name', async ({ params }, response) => {
      begun += 1;
      if (begun === 2) both.resolve();
      await both.promise;
      tracker.read('post', params.name);
      response.send('page');
    });
  });
  await Promise.all([site.request('/a'), site.request('/b')]);
  await expect
    .poll(() => site.logger.lines.filter(({ message }) => message === 'page stored').length)
    .toBe(2);
  expect(await site.pages.quickDelete({ tag: 'post:a' })).toMatchObject({ deleted: ['/a'] });
});

test('renders that were ordered are told apart from the first on', async () => {
  const site = await startSite((app, pages) => {
    app.get('/:name', async ({ params }, response) => {
      await soon();
      if (params.name === 'b') pages.skip('personal');
      await soon();
      response.send('page');
    });
  });
  expect(await site.pages.quickPublish('/a', '/b', '/c')).toMatchObject({
    stored: [{ path: '/a' }, { path: '/c' }],
    refused: [{ path: '/b', detail: 'personal' }],
  });
});
