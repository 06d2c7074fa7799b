import { expect, test } from 'vitest';
import { changesIn } from '../../../../src/track/postgres/listen/notification.js';

test.each([
  ['{"e":"posts","a":"U","k":["1"]}', [{ entity: 'posts', id: '1', action: 'update', lists: {} }]],
  ['{"e":"posts","a":"M","k":["1"]}', [{ entity: 'posts', id: '1', action: 'unknown', lists: {} }]],
  [
    '{"e":"posts","a":"U","l":{"author":["5",null]},"k":[1]}',
    [{ entity: 'posts', id: 1, action: 'update', lists: { author: { from: ['5', null], to: ['5', null] } } }],
  ],
  [
    '{"e":"posts","a":"I","l":{"author":["5"]}}',
    [{ entity: 'posts', action: 'create', lists: { author: { to: ['5'] } } }],
  ],
  [
    '{"e":"posts","a":"D","l":{"author":["5"]}}',
    [{ entity: 'posts', action: 'delete', lists: { author: { from: ['5'] } } }],
  ],
  // Unknown rows may have got other keys.
  [
    '{"e":"posts","a":"U","l":{"author":["5"]}}',
    [{ entity: 'posts', action: 'unknown', lists: { author: { from: ['5'], to: ['5'] } } }],
  ],
  ['{"e":"posts","a":"D"}', [{ entity: 'posts', action: 'unknown', lists: {} }]],
  ['{"e":"posts","a":"D","l":"5"}', [{ entity: 'posts', action: 'unknown', lists: {} }]],
  ['{"e":"posts"}', [{ entity: 'posts', action: 'unknown', lists: {} }]],
  ['{}', undefined],
  ['nonsense', undefined],
])('%s', (payload, expected) => {
  expect(changesIn(payload)).toEqual(expected);
});
