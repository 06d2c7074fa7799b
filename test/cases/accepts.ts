/** Values of Accept that clients send, and whether each is a browser's visit to a page. `null`: no Accept header. */
export const accepts: readonly (readonly [name: string, accept: string | null, isNavigation: boolean])[] = [
  ['Safari, and Firefox', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
  [
    'Chrome',
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7',
    true,
  ],
  [
    'Firefox 128',
    'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/png,image/svg+xml,*/*;q=0.8',
    true,
  ],
  [
    'Googlebot',
    'text/html,application/xhtml+xml,application/signed-exchange;v=b3,application/xml;q=0.9,*/*;q=0.8',
    true,
  ],
  ['curl, wget, fetch', '*/*', false],
  ['nothing', null, false],
  ['an empty one', '', false],
  ['axios', 'application/json, text/plain, */*', false],
  ['an API client', 'application/json', false],
  [
    'ActivityPub',
    'application/ld+json; profile="https://www.w3.org/ns/activitystreams", application/activity+json',
    false,
  ],
  ['an image of Chrome', 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8', false],
  ['an image of Safari', 'image/webp,image/avif,image/jxl,image/heic,*/*;q=0.8,video/*;q=0.8', false],
  ['a style sheet', 'text/css,*/*;q=0.1', false],
  ['HTML and no more', 'text/html', false],
  ['an old Internet Explorer', 'text/html, application/xhtml+xml, image/jxr, */*', false],
  ['a feed reader', 'application/atom+xml, application/rss+xml;q=0.9, text/html;q=0.5', false],
  [
    'JSON before a browser',
    'application/json,text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    false,
  ],
  [
    'JSON after a browser',
    'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8,application/json',
    false,
  ],
  [
    'JSON within a browser',
    'text/html,application/xhtml+xml,application/xml;q=0.9,application/json,*/*;q=0.8',
    false,
  ],
  ['another weight', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=1', false],
  ['no HTML', 'text/html;q=0,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', false],
];
