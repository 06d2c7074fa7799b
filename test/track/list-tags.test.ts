import { expect, test } from 'vitest';
import type { Change } from '../../src/track/change.js';
import {
  areOfList,
  ListColumns,
  mergeLists,
  tagsOfList,
  tagsOfListChange,
} from '../../src/track/list-tags.js';

const UUID = 'ABCDEF01-0000-4000-8000-000000000000';
const columns = new Set(['post']);

test('a list is told by its values, and by the keys of its rows where they are all known', () => {
  const lists = ['comment:*', 'comment?post=5', 'comment?post=*', 'comment?*'];
  expect(tagsOfList('comment', { column: 'post', values: [5] })).toEqual([...lists, 'comment?post=~']);
  expect(tagsOfList('comment', { column: 'post', values: ['5'], ids: [7, 8] })).toEqual([
    ...lists,
    ...['comment:7', 'comment:8'],
  ]);
  expect(tagsOfList('comment', { column: 'post', values: [UUID] })).toContain(
    `comment?post=${UUID.toLowerCase()}`,
  );
});

test.each<[string, readonly unknown[]]>([
  ['of no value', []],
  ['of NULL, which nothing equals', [null]],
  ['of a number in another spelling', ['05']],
  ['of a fraction', [5.5]],
  ['of a text', ['a']],
  ['of a number that databases may round', ['1234567890123456']],
  ['of one value that is not known', [5, undefined]],
  ['of more values than are told apart', Array.from({ length: 21 }, (_, index) => index)],
])('a list %s is a selection', (_, values) => {
  expect(tagsOfList('comment', { column: 'post', values })).toBeUndefined();
});

test('more rows than are told apart are a part of the list', () => {
  const ids = Array.from({ length: 201 }, (_, index) => index);
  expect(tagsOfList('comment', { column: 'post', values: [5], ids })).toContain('comment?post=~');
});

const change = (own: Partial<Change>): Change => ({ entity: 'comment', action: 'update', ...own });

test.each<[string, Change, readonly string[]]>([
  ['a row that comes', change({ action: 'create', lists: { post: { to: [5] } } }), ['5']],
  ['a row that comes to a list that is not known', change({ action: 'create' }), ['*']],
  ['a row that comes to none', change({ action: 'create', lists: { post: { to: [null] } } }), []],
  ['a row that goes', change({ action: 'delete', id: 7 }), ['~']],
  [
    'a row that goes from a known list',
    change({ action: 'delete', id: 7, lists: { post: { from: [5] } } }),
    ['5'],
  ],
  ['rows that go from a known list', change({ action: 'delete', lists: { post: { from: [5] } } }), ['5']],
  ['a row that stays', change({ id: 7, lists: { post: { to: 'same' } } }), ['~']],
  ['a row that stays in a known list', change({ id: 7, lists: { post: { from: [5], to: 'same' } } }), ['5']],
  ['a row that moves', change({ id: 7, lists: { post: { from: [5], to: [6] } } }), ['5', '6']],
  ['a row that moves from somewhere', change({ id: 7, lists: { post: { to: [6] } } }), ['6', '~']],
  ['a row that moves to somewhere', change({ id: 7, lists: { post: { from: [5] } } }), ['5', '*']],
  ['rows that move from somewhere', change({ lists: { post: { to: [6] } } }), ['6', '*']],
  ['a row of which nothing is known', change({ id: 7 }), ['*']],
  ['a value in another spelling', change({ id: 7, lists: { post: { from: ['05'], to: [6] } } }), ['6', '~']],
])('%s', (_, given, expected) => {
  expect(tagsOfListChange('comment', given, columns)).toEqual(
    expected.map((value) => `comment?post=${value}`),
  );
});

test('where it is not known by which columns there are lists, any list may have changed', () => {
  const given = change({ id: 7, lists: { post: { from: [5], to: 'same' } } });
  expect(tagsOfListChange('comment', given, new Set())).toEqual(['comment?*']);
});

test('rows are known by their list only where all lists are known that they were in', () => {
  expect(areOfList(change({ lists: { post: { from: [5] } } }))).toBe(true);
  expect(areOfList(change({ lists: { post: { to: [5] } } }))).toBe(false);
  expect(areOfList(change({ lists: { post: { from: ['05'] } } }))).toBe(false);
  expect(areOfList(change({ action: 'unknown', lists: { post: { from: [5] } } }))).toBe(false);
});

test('the columns of several trackers count together, and those of an option with those of the ORM', () => {
  const all = new ListColumns();
  all.add('comment', ['post']);
  all.add('comment', ['author']);
  expect([...all.of('comment')]).toEqual(['post', 'author']);
  expect(mergeLists([['Comment', ['post']]], { Comment: 'Author', Post: ['author'] })).toEqual({
    Comment: ['post', 'author'],
    Post: ['author'],
  });
});
