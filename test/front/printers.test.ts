import { describe, expect, test } from 'vitest';
import { redis } from '../../src/cluster/redis/index.js';
import type { Options } from '../../src/config.js';
import { printApache } from '../../src/front/apache/generate.js';
import { printCaddy } from '../../src/front/caddy/generate.js';
import { describeFront, type Front } from '../../src/front/front.js';
import { printNginx } from '../../src/front/nginx/generate.js';
import type { OwnOptions } from '../../src/front/nginx/options.js';
import { type FrontOptions, resolveFrontOptions } from '../../src/front/options/options.js';
import { siteConfig } from './setup/site-config.js';

/** A site that decides everything that can be decided. */
const site: Partial<Options> = {
  hosts: ['a.example', 'b.example'],
  scheme: 'https',
  urls: [
    { match: /^\/everybody\//, as: 'nobody' },
    { match: /^\/posts\//, query: { page: /^\d$/, sort: ['new'] }, variants: ['language', 'device'] },
  ],
  variants: {
    language: { cookie: 'lang', header: 'accept-language', values: ['en', 'de'] },
    device: { header: 'sec-ch-ua-mobile', values: { desktop: '?0', mobile: '?1' } },
  },
  ignoreQuery: ['utm_*'],
  bypassCookies: { add: ['mine'] },
  ignoreCookies: ['session_hint'],
  bypassHeaders: { add: ['Accept', 'X-Fragment'] },
  headers: { 'X-A': 'a' },
  cdn: { service: async () => undefined, headers: { 'CDN-Cache-Control': 'max-age=60' } },
  types: { xml: 'application/rss+xml', '/feed': 'application/rss+xml', '/tag/*/rss/': 'a/b' },
  islands: { urls: [/^\/islands\//], include: 'ssi', includeTimeoutMs: 5_000 },
  countHits: { port: 9_999, oneIn: 10 },
  assets: { root: '/srv/static', immutable: /x/, index: true, rootFiles: ['favicon.ico'], symlinks: true },
};
const options: FrontOptions = {
  ...{ listen: ['8443'], upstreams: ['127.0.0.1:3000', '127.0.0.1:3001'], accessLog: '/var/log/site.log' },
  ...{ tlsCertificate: '/etc/a.crt', tlsKey: '/etc/a.key', http2: true, http3: true, redirectFrom: ['8080'] },
  ...{ trust: ['10.0.0.0/8'], proxyProtocol: true, maxBodyBytes: 1_000 },
};

function frontOf(given: Partial<Options>): Front {
  const config = siteConfig(given);
  const resolved = resolveFrontOptions(config, options, { name: 'any', problems: [] });
  return describeFront(config, resolved, { keepsTerms: true });
}

const nginx: OwnOptions = {
  ...{ form: 'whole', name: 'staticgenerator', defaultServer: true, nginxVersion: '1.25.1' },
  ...{ brotli: true, brotliModule: undefined, openFiles: undefined },
};

interface Printer {
  readonly front: Front;
  readonly print: (front: Front) => string;
  /**
   * The values that its text does not depend on, each with the reason. The name of a group stands for everything in it.
   */
  readonly ignored: Readonly<Record<string, string>>;
}

const REFUSED = 'an option that is refused';
const SUFFIXES = 'it knows the suffixes by itself';
const LOOKS_AROUND = 'it reads look-around';
const ROOMY = 'its own is 1 MB';
const PATIENT = 'it waits for any time';
const LINEAR = 'the form without look-around stands in its place';

const ONE_FOLDER = 'it finds pages without variants alone, and the app answers with the others';

const ofAll = { 'answers.entityTag': 'there is one kind' };
/** For servers with PCRE. */
const ofPcre = {
  ...{ 'gate.linear': LOOKS_AROUND, 'layout.linear': LOOKS_AROUND },
  'layout.shapes.*.shape': 'a name for readers',
};
/** For servers that do less than nginx. */
const ofOthers = {
  assets: 'the app serves them',
  hits: 'a comment says that it reports none',
  includes: 'the app answers such pages',
  'app.keptHeaders': 'it passes on every header',
  'app.instructions': 'it obeys no header of the app',
  'limits.openFiles': 'it keeps no files open',
  'limits.openFilesOfWhole': 'it keeps no files open',
  'limits.usualHeadBytes': 'its own is enough',
  'limits.openFileIdleSeconds': 'it keeps no files open',
  'limits.openFileTrustedSeconds': 'it keeps no files open',
  'limits.workerDescriptors': 'the system decides',
  ...{ 'layout.variants': ONE_FOLDER, 'gate.bypassCookiesOfKinds': ONE_FOLDER, 'answers.forCdn': ONE_FOLDER },
  'gate.rules': 'it looks for a page by each address',
  'layout.seconds': 'several hosts are refused',
  'layout.shapes.*.usual': 'it takes no glance',
};

const printers: Readonly<Record<string, Printer>> = {
  nginx: {
    front: frontOf({ ...site, cluster: redis() }),
    print: (front) => printNginx(front, nginx) + printNginx(front, { ...nginx, form: 'default' }),
    ignored: {
      ...ofAll,
      ...ofPcre,
      'answers.codings.*': SUFFIXES,
      'assets.answer.entityTag': 'there is one kind',
      'assets.answer.codings.*': SUFFIXES,
    },
  },
  Apache: {
    front: frontOf(site),
    print: (front) => printApache(front, { form: 'whole', modules: '/modules' }),
    ignored: {
      ...ofAll,
      ...ofPcre,
      ...ofOthers,
      ...{ 'tls.http3': REFUSED, 'visitors.proxyProtocol': REFUSED, 'limits.requestBodyBytes': REFUSED },
      'limits.upstreamFailures': 'after one failure an upstream rests',
      'limits.appConnections': 'as many as it has threads',
    },
  },
  Caddy: {
    front: frontOf(site),
    print: (front) => printCaddy(front, { form: 'whole' }),
    ignored: {
      ...ofAll,
      ...ofOthers,
      ...{ 'gate.bypassCookies': LINEAR, 'gate.ignoredQuery': LINEAR, 'layout.path': LINEAR },
      ...{ 'visitors.trust': REFUSED, 'visitors.proxyProtocol': REFUSED },
      'answers.codings.*': SUFFIXES,
      ...{ 'limits.requestHeadBytes': ROOMY, 'limits.answerHeadBytes': ROOMY },
      ...{ 'limits.requestPauseSeconds': PATIENT, 'limits.idleSeconds': PATIENT },
      'limits.workerConnections': 'it has no limit',
    },
  },
};

describe.each(Object.entries(printers))(
  'what is decided shows in the text for %s',
  (_, { front, print, ignored }) => {
    const text = print(front);
    const leaves = leavesOf(front);
    const seen = new Set<string>();
    // One value of each name is enough: the others are not printed again.
    for (const path of leaves) {
      const name = nameOf(path);
      if (!seen.has(name) && changes(text, () => print(changed(front, path)))) seen.add(name);
    }
    const unseen = namesOf(leaves).filter((name) => !seen.has(name));
    const isBelow = (name: string, group: string) => name === group || name.startsWith(`${group}.`);

    test('or there is a reason why not', () => {
      const groups = Object.keys(ignored);
      expect(unseen.filter((name) => !groups.some((group) => isBelow(name, group)))).toEqual([]);
    });

    test('and no reason is given for what shows', () => {
      expect(Object.keys(ignored).filter((group) => !unseen.some((name) => isBelow(name, group)))).toEqual(
        [],
      );
    });
  },
);

type Path = readonly string[];

/** Returns the paths of all lists, and of all values that contain no others. */
function leavesOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inside = Object.entries(value).flatMap(([key, one]) => leavesOf(one, [...path, key]));
  return Array.isArray(value) ? [path, ...inside] : inside;
}

/** Members of a list share one name, and so do the members of a group whose keys are data. */
function namesOf(paths: readonly Path[]): readonly string[] {
  return [...new Set(paths.map(nameOf))];
}

function nameOf(path: Path): string {
  const name = path.map((key) => key.replace(/^\d+$/, '*')).join('.');
  return name.replace(/\b(types|typesOfPaths|codings)\..+$/, '$1.*');
}

/** Whether the text changes, or the printer refuses the value. */
function changes(text: string, print: () => string): boolean {
  try {
    return print() !== text;
  } catch {
    return true;
  }
}

function changed<T>(tree: T, path: Path): T {
  const [key, ...rest] = path;
  if (key === undefined) return otherThan(tree) as T;
  const copy = structuredClone(tree) as Record<string, unknown>;
  copy[key] = changed(copy[key], rest);
  return copy as T;
}

/** Other values for words that printers compare with. */
const otherWords: Readonly<Record<string, string>> = {
  ignored: 'exact',
  exact: 'ignored',
  every: 'with-codings',
};

function otherThan(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, -1);
  if (typeof value === 'string') return otherWords[value] ?? `${value}other`;
  if (typeof value === 'number') return value * 2 + 4_096;
  return value !== true;
}
