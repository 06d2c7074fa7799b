import type { Random } from './random.js';

/** Parameters in all their spellings, and texts that are not parameters. */
const parameters: readonly (readonly [weight: number, spellings: readonly string[]])[] = [
  [10, ['page=1', 'page=23', 'page=2', 'page=%31', 'page=%32', 'page=9999', 'page=2%33']],
  [10, ['sort=new', 'sort=old', 'sort=n%65w', 'sort=%6Eew', 'sort=%6eew']],
  [
    10,
    [
      'tag=a',
      'tag=a%20b',
      'tag=a+b',
      'tag=%61',
      'tag=%C3%A4',
      'tag=%c3%a4',
      'tag=x.html',
      'tag=..',
      'tag=%2e%2E',
    ],
  ],
  [
    5,
    [
      'tag=a%2Fb',
      'tag=a/b',
      'tag=%3F',
      'tag=?',
      'tag=a=b',
      'tag=a%3Db',
      'tag=%26',
      "tag='",
      'tag=%27',
      'tag=*',
    ],
  ],
  [4, ['utm_source=x', 'utm_source', 'fbclid=a', 'utm_a=%00', 'utm_%61=b']],
  [
    3,
    [
      'page=0',
      'page=02',
      'page=12345',
      'page=',
      'page',
      'page=1,2',
      'page=%0A',
      'page=1%00',
      'page=-1',
      'page=1.0',
    ],
  ],
  [
    3,
    [
      'sort=best',
      'sort=New',
      'sort=',
      'sort',
      'tag=',
      'tag=,',
      'tag=%FF',
      'tag=%',
      'tag=%C3',
      'tag=a;b',
      'tag=a%0d%0aX:1',
    ],
  ],
  [
    3,
    [
      'x=1',
      'Page=1',
      'p%61ge=1',
      'page[]=1',
      'page[a]=1',
      '__proto__=1',
      '=',
      '=1',
      '',
      'page=1#a',
      'page=1 ',
      ';page=2',
    ],
  ],
];

/**
 * Returns another query for a page that has queries: in any order, repeated, in other spellings, with other parameters.
 * `undefined` if the page has no queries, and sometimes by chance.
 */
export function varyQuery(random: Random, path: string): string | undefined {
  if (!path.startsWith('/queried/') || random.chance(0.3)) return undefined;
  const chosen = Array.from({ length: 1 + random.integer(3) }, () =>
    random.pick(random.weighted(parameters)),
  );
  return `${path.split('?', 1)[0]}?${chosen.join(random.chance(0.95) ? '&' : random.pick(['&&', ';', '?', '&amp;']))}`;
}
