/** The reads that the tags of a page stand for. */
import { expect, test } from 'vitest';
import { tagsOfList } from '../../../src/track/list-tags.js';
import { readsInTags } from '../../../src/track/reads/in-tags.js';
import { type Id, ReadTags } from '../../../src/track/tags.js';

const tagsOfRead = (name: string, id?: Id) => {
  const tags = new ReadTags(name);
  return id === undefined ? tags.selection : tags.row(id);
};
const NOTHING = { rows: [], lists: [], isSelection: false, awaitsRow: false };
const list = (name: string, column: string, values: readonly unknown[], ids?: readonly number[]) =>
  tagsOfList(name, { column, values, ids }) ?? [];

test.each<[string, readonly string[], object]>([
  ['a row', tagsOfRead('post', 42), { rows: ['42'] }],
  ['a row with a key of two columns', tagsOfRead('post', [4, 'a']), { rows: ['4,a'] }],
  ['a selection', tagsOfRead('post'), { isSelection: true }],
  ['a row that is missing', new ReadTags('post').missing, { awaitsRow: true }],
  [
    'a whole list',
    list('post', 'author_id', [7], [1, 2]),
    { rows: ['1', '2'], lists: [{ column: 'author_id', value: '7', isWhole: true }] },
  ],
  [
    'lists of which one is cut',
    [
      ...list('post', 'author_id', [7], []),
      ...list('post', 'author_id', [8]),
      ...list('post', 'tag', [1], []),
    ],
    {
      lists: [
        { column: 'author_id', value: '7', isWhole: false },
        { column: 'author_id', value: '8', isWhole: false },
        { column: 'tag', value: '1', isWhole: true },
      ],
    },
  ],
])('%s', (_, tags, expected) => {
  expect(readsInTags([...new Set(tags)])).toEqual({
    read: [{ model: 'post', ...NOTHING, ...expected }],
    own: [],
  });
});

test('tags of models whose names begin alike, and tags of nobody, are told apart', () => {
  const tags = [
    'home',
    ...tagsOfRead('post', 1),
    ...tagsOfRead('post:draft', 2),
    ...tagsOfRead('postTag'),
    'author:7',
  ];
  expect(readsInTags(tags)).toEqual({
    read: [
      { model: 'post', ...NOTHING, rows: ['1'] },
      { model: 'post:draft', ...NOTHING, rows: ['2'] },
      { model: 'postTag', ...NOTHING, isSelection: true },
    ],
    own: ['home', 'author:7'],
  });
});
