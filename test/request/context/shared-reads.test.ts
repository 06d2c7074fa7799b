import { expect, test } from 'vitest';
import { RenderContexts } from '../../../src/request/render-context.js';

const lease = (sequence: number, generation = 1) => ({ generation, sequence });
const PAGE = { path: '/', route: undefined };

function contexts(): RenderContexts {
  return new RenderContexts({ onNotice: () => undefined, onDoubt: () => undefined });
}

test.each([
  ['older than the render', [lease(3)], lease(3)],
  ['of several ages', [lease(4), lease(2), lease(3)], lease(2)],
  ['newer than the render', [lease(7)], undefined],
  // No log says what has changed between the snapshot and the render.
  ['of a ledger that was replaced', [lease(7, 0)], lease(-1, 0)],
])('a snapshot %s makes a page that old', (_, snapshots, expected) => {
  const subject = contexts();
  const render = subject.begin(lease(5));
  subject.run(render, () => {
    for (const one of snapshots) subject.readSince(one);
  });
  expect(render.olderLease).toEqual(expected);
});

test('a snapshot that another one has read for a page makes it that old', () => {
  const subject = contexts();
  const render = subject.begin(lease(5));
  const other = subject.begin(lease(6));
  subject.run(other, () => {
    subject.readSince(lease(3));
    subject.read('post', 'post:1');
  });
  // This render has read nothing itself.
  expect(subject.conclude(render, PAGE)).toBeUndefined();
  expect([...render.tags]).toEqual(['post:1']);
  expect(render.olderLease).toEqual(lease(3));
});
