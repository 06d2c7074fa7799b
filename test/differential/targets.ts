import type { Random } from './random.js';

const queries = [
  ...[
    '?',
    '?a=1',
    '?a=1&b=2',
    '??',
    '?=',
    '?a=%zz',
    '?a=<b>',
    '?x#y',
    '#top',
    '#',
    '?a[]=1&a[]=2',
    '?page=2',
  ],
  ...[
    '?utm_source=x',
    '?utm_source',
    '?utm_source=x&fbclid=y',
    '?utm_=1',
    '?fbclid=a;b=c',
    '?utm_source=x#y',
  ],
  ...[
    '?utm_source=x&a=1',
    '?a=1&utm_source=x',
    '?utm%5Fsource=x',
    '?UTM_source=x',
    '?utm_source=x&',
    '?&utm_a=1',
  ],
  ...[
    '?utm_source[]=x',
    '?utm_source=%00',
    '?fbclidx=1',
    '?__proto__=1',
    '?utm_source=1&a',
    '?utm_source=1?a=2',
  ],
] as const;

const endings = [
  ...[
    '/',
    '//',
    '/.',
    '/..',
    '/./',
    '.',
    '..',
    '~',
    ';',
    ';a=1',
    '*',
    '\\',
    '%20',
    '%00',
    '%2F',
    '%2f',
    '%zz',
    '%',
  ],
  ...[
    '.html',
    '.htm',
    '.json',
    '.xml',
    '.HTML',
    '.gz',
    '.br',
    '.zst',
    '.tmp',
    '.page',
    '.page.html',
    '.page.json',
  ],
  ...[
    '.html.gz',
    '.page.html.br',
    'index.html',
    '/index.html',
    '/index.page.html',
    '/index',
    '/a',
    '%0d%0aX:1',
  ],
  ...[
    'x'.repeat(250),
    '/x'.repeat(40),
    '%C3%A9',
    '%c3%a9',
    '%C3',
    '\xe9',
    '\xc3\xa9',
    '@',
    ':80',
    '$uri',
    '%2e',
  ],
] as const;

const inserts = [
  ...[
    '/',
    '//',
    './',
    '../',
    '/./',
    '/../',
    'x/../',
    '/x/..',
    '.',
    '\\',
    '%2F',
    '%5C',
    '%2e',
    '%2E%2E/',
    '%00',
    '%25',
  ],
  ...[
    '.html/',
    '.gz',
    '.page.',
    'index.',
    '.tmp/',
    '.hidden/',
    ';',
    '*',
    '[',
    '{a,b}',
    '%E6%97%A5',
    '%ED%A0%80',
  ],
  ...[
    '%C0%AF',
    '%41',
    '%7E',
    '%7e',
    '+',
    '%2B',
    '%20',
    ' ',
    '\t',
    '\x01',
    '"',
    '<',
    '|',
    '^',
    '`',
    "'",
    '$',
    '!',
    ':',
  ],
] as const;

const others = [
  ...[
    '*',
    '/',
    '//',
    '/.',
    '/..',
    '/../',
    '/%2e%2e/',
    '/.staticgenerator/',
    '/.staticgenerator/ledger.sqlite',
    '',
  ],
  ...[
    '/.staticgenerator/marker.json',
    '/x/../.staticgenerator/marker.json',
    '/%2estaticgenerator/marker.json',
  ],
  ...[
    '/.staticgenerator/node-only/',
    '/index.html',
    '/index.html/',
    '/about.page.html',
    '/about.page.html.gz',
  ],
  ...[
    '/blog/index.html',
    '/large.page.html.br',
    '/localhost/',
    '/localhost/about',
    '/localhost/about.page.html',
  ],
  ...[
    '/www.example.test/about.page.html',
    '/nowhere',
    '/@staticgenerator_app',
    'about',
    'localhost:80',
    'http://',
  ],
  ...['/favicon.ico', '/.well-known/security.txt', '/about?/../../etc/passwd', '/..%2f..%2fetc/passwd'],
] as const;

const schemes = [
  ...[
    'http://localhost',
    'HTTP://localhost',
    'http://evil.example',
    'http://localhost:1',
    'https://localhost',
  ],
  ...['http://user@localhost', 'http://', 'ftp://localhost', 'http://www.example.test', 'http://LOCALHOST'],
] as const;

const at = (random: Random, text: string) => 1 + random.integer(Math.max(1, text.length - 1));

type Change = (random: Random, path: string) => string;

const changes: readonly (readonly [weight: number, change: Change])[] = [
  [30, (random, path) => `${path}${random.pick(queries)}`],
  [20, (random, path) => `${path}${random.pick(endings)}`],
  [12, insert],
  [8, spellEscaped],
  [4, (_random, path) => path.replace(/%[0-9A-F]{2}/g, (one) => one.toLowerCase())],
  [5, swapCase],
  [5, (_random, path) => (path.endsWith('/') ? path.slice(0, -1) : `${path}/`)],
  [3, (_random, path) => `/${path}`],
  [5, (random) => random.pick(others)],
  [5, (random, path) => `${random.pick(schemes)}${path}`],
  [1, (random, path) => `${path}?${'utm_a=1&'.repeat(random.integer(200))}a`],
];

/** Returns a request target that resembles a page's path, and usually is another one. */
export function varyTarget(random: Random, path: string): string {
  const once = random.weighted(changes)(random, path);
  return random.chance(0.15) ? random.weighted(changes)(random, once) : once;
}

function insert(random: Random, path: string): string {
  const position = at(random, path);
  return `${path.slice(0, position)}${random.pick(inserts)}${path.slice(position)}`;
}

/** Writes one character, which may be a slash, as an escape. */
function spellEscaped(random: Random, path: string): string {
  const position = random.integer(path.length);
  const code = path.charCodeAt(position).toString(16);
  const escaped = `%${random.chance(0.5) ? code.toUpperCase() : code}`;
  return `${path.slice(0, position)}${escaped}${path.slice(position + 1)}`;
}

function swapCase(random: Random, path: string): string {
  const position = random.integer(path.length);
  const character = path.charAt(position);
  const swapped = character === character.toUpperCase() ? character.toLowerCase() : character.toUpperCase();
  return `${path.slice(0, position)}${swapped}${path.slice(position + 1)}`;
}
