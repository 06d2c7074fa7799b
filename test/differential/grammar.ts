import { makeChoosingLines, onceOfChoosing } from './choosing-lines.js';
import { makeHeaderLines } from './header-lines.js';
import { asItIs, oddities } from './oddities.js';
import { varyQuery } from './queries.js';
import type { Random } from './random.js';
import { filePaths } from './site/app.js';
import { brokenPaths, fatalPaths } from './site/broken.js';
import { carelessPaths } from './site/careless.js';
import { middlewarePaths } from './site/middleware.js';
import { queriedPaths } from './site/queried.js';
import { reflectingPaths } from './site/reflecting.js';
import { refusedPaths } from './site/refused.js';
import type { Setting } from './site/settings.js';
import { statefulPaths } from './site/stateful.js';
import { storablePaths } from './site/storable.js';
import { undeclaredPaths } from './site/undeclared.js';
import { variedPaths } from './site/varied.js';
import { varyTarget } from './targets.js';
import type { Message } from './wire.js';

/** What is sent to both sites, and where a clean client looks afterwards. */
export interface Probe {
  readonly message: Message;
  /** The well-formed requests of the message. The answers are compared by them. */
  readonly requests: readonly SentRequest[];
  /** Paths that the message could have spoiled. */
  readonly victims: readonly string[];
  /** The Host of the clean client. */
  readonly host: string;
}

export interface SentRequest {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  /** Header lines, including Host, with one character for each byte. */
  readonly lines: readonly string[];
  readonly body: string;
}

export interface GrammarOptions {
  readonly setting: Setting;
  /** The name of the resources that no other worker changes meanwhile. */
  readonly shard: string;
  /** Returns the last entity tag that the cache gave for a path. */
  readonly tagOf: (path: string) => string;
  /** Whether connections may break before the answer: an nginx with several servers then takes the server for dead. */
  readonly fatal: boolean;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND']);

/** Makes one request, or a few on one connection, by changing something of a request for a page. */
export function makeProbe(random: Random, options: GrammarOptions): Probe {
  const host = random.pick(options.setting.hosts);
  const victim = pickPath(random, options);
  const request = makeRequest(random, options, victim, host);
  const isUnsafe = !SAFE.has(request.method);
  const oddity = random.weighted(oddities);
  const sending = oddity(request, random);
  // If the client has left, the outcome of its change is unknown.
  const {
    segments,
    requests,
    abandoned = false,
  } = isUnsafe && sending.abandoned ? asItIs(request, random) : sending;
  const methods = requests.map(({ method }) => method);
  return {
    message: { segments, methods, repeatable: oddity === asItIs && !isUnsafe, abandoned },
    requests,
    victims: [...new Set([victim, ...requests.flatMap(cleanTargets)])].slice(0, 4),
    host,
  };
}

/** Returns every path that probes begin with, except those that cost a connection. */
export function everyPath(shard: string): readonly string[] {
  return [
    ...[
      storablePaths,
      undeclaredPaths,
      refusedPaths,
      middlewarePaths,
      reflectingPaths,
      queriedPaths,
      variedPaths,
      carelessPaths,
      filePaths,
    ],
    statefulPaths(shard),
  ].flat();
}

function pickPath(random: Random, { shard, fatal }: GrammarOptions): string {
  const list = random.weighted<readonly string[]>([
    [30, storablePaths],
    [22, statefulPaths(shard)],
    [14, undeclaredPaths],
    [16, refusedPaths],
    [12, middlewarePaths],
    [10, reflectingPaths],
    [12, queriedPaths],
    [16, variedPaths],
    [16, carelessPaths],
    [4, filePaths],
    [1, fatal ? [...brokenPaths, ...fatalPaths] : brokenPaths],
  ]);
  return random.pick(list);
}

/** Returns the targets that a clean client can request: the request's own target, with its query and without. */
function cleanTargets({ target }: SentRequest): readonly string[] {
  const path = target.replace(/^https?:\/\/[^/]*/i, '').replace(/[?#].*$/s, '');
  return [target, path].filter(
    (one) => /^\/[!-~]*$/.test(one) && one.length < 2_000 && !one.startsWith('/broken/'),
  );
}

function makeRequest(random: Random, options: GrammarOptions, victim: string, host: string): SentRequest {
  const method = random.weighted(methods);
  const target = random.chance(0.5) ? victim : (varyQuery(random, victim) ?? varyTarget(random, victim));
  const hostLines = random.chance(0.9) ? [`Host: ${host}`] : random.pick(hostLinesOf)(host);
  const [body, ...framing] = SAFE.has(method) ? bodyOfSafe(random) : random.pick(bodies);
  const lines = [
    ...hostLines,
    ...onceOfChoosing([
      ...(victim.startsWith('/varied/') ? makeChoosingLines(random) : []),
      ...makeHeaderLines(random, options.tagOf(victim)),
    ]),
    ...framing,
  ];
  return { method, target, version: random.chance(0.96) ? '1.1' : '1.0', lines, body };
}

const methods = [
  [140, 'GET'],
  [22, 'HEAD'],
  [14, 'POST'],
  [6, 'PUT'],
  [4, 'DELETE'],
  [4, 'PATCH'],
  [4, 'OPTIONS'],
  [2, 'PROPFIND'],
  [2, 'PURGE'],
  [1, 'TRACE'],
  [1, 'get'],
  [1, 'FOO'],
] as const;

const foreignHosts = [
  ...[
    'evil.example',
    'localhost.',
    'evil.localhost',
    '',
    'a%b',
    'a b',
    '[',
    'user@localhost',
    'x'.repeat(300),
  ],
  ...[
    'localhost:1',
    'LocalHost',
    '127.0.0.1',
    '[::1]',
    'www.example.test',
    'WWW.example.test:80',
    'localhost/x',
  ],
  ...['localhost, evil.example', 'localhost:80:80', '::1', '$host', '..', 'localhost:http', '\xe9.example'],
] as const;

const hostLinesOf: readonly ((host: string) => readonly string[])[] = [
  ...foreignHosts.map((foreign) => () => [`Host: ${foreign}`]),
  () => [],
  (host) => [`Host: ${host}`, `Host: ${host}`],
  (host) => [`Host: ${host}`, 'Host: evil.example'],
  (host) => ['Host: evil.example', `Host: ${host}`],
  (host) => [`HOST:${host}`],
  (host) => [`Host: \t ${host} \t`],
];

type Body = readonly [body: string, ...framing: string[]];

const withLength = (body: string, ...lines: string[]): Body => [
  body,
  ...lines,
  `Content-Length: ${body.length}`,
];
const FORM = 'Content-Type: application/x-www-form-urlencoded';
const JSON_TYPE = 'Content-Type: application/json';

const bodies: readonly Body[] = [
  withLength(''),
  withLength('text=hello&x=1', FORM),
  withLength('{"text":"hello"}', JSON_TYPE),
  withLength('{"text":', JSON_TYPE),
  withLength('{"__proto__":1}', JSON_TYPE),
  withLength('plain'),
  withLength('text=expected', FORM, 'Expect: 100-continue'),
  withLength('x'.repeat(200_000), FORM),
  ['6\r\ntext=a\r\n0\r\n\r\n', FORM, 'Transfer-Encoding: chunked'],
  ['0\r\n\r\n', 'Transfer-Encoding: chunked'],
  ['6;ext=1\r\ntext=b\r\n0\r\nX-Sum: 1\r\n\r\n', FORM, 'Transfer-Encoding: chunked'],
  [''],
];

function bodyOfSafe(random: Random): Body {
  return random.chance(0.97)
    ? ['']
    : random.pick([withLength('a=b'), withLength('a=b', FORM), ...bodies.slice(8, 11)]);
}
