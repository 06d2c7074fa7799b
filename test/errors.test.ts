import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { assets } from '../src/assets/index.js';
import { cloudflare, cloudfront, fastly, purge } from '../src/cluster/cdn/index.js';
import { postgresBus } from '../src/cluster/postgres/index.js';
import { redis } from '../src/cluster/redis/index.js';
import { kindOf, messageOf, StaticGeneratorError, systemErrorCode } from '../src/errors.js';
import { type StaticGenerator, staticGenerator } from '../src/static-generator.js';
import { trackMysqlPool } from '../src/track/mysql/index.js';
import { listenPostgres, postgresTriggers, trackPgPool } from '../src/track/postgres/index.js';
import { trackPrisma } from '../src/track/prisma/index.js';
import { trackSequelize } from '../src/track/sequelize/index.js';
import { trackSqlite } from '../src/track/sqlite/index.js';
import { trackTypeOrm } from '../src/track/typeorm/index.js';
import { temporaryFolder } from './helpers/temporary.js';

describe('an error of this package', () => {
  test('has a code, a message, its cause and fields', () => {
    const cause = new Error('why');
    const error = new StaticGeneratorError('ERR_DELETE_FAILED', 'Could not', {
      cause,
      fields: { path: 'a.html', files: ['a.html'] },
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'StaticGeneratorError',
      code: 'ERR_DELETE_FAILED',
      message: 'Could not',
      cause,
      path: 'a.html',
      fields: { path: 'a.html', files: ['a.html'] },
    });
  });

  test('has no cause where there is none, and no path where it is about none', () => {
    const error = new StaticGeneratorError('ERR_CLOSED', 'closed');
    expect('cause' in error).toBe(false);
    expect(error.fields).toEqual({});
    expect(error.path).toBeUndefined();
    expect(new StaticGeneratorError('ERR_CLOSED', '', { fields: { path: 42 } }).path).toBeUndefined();
  });

  test('keeps a cause that is no error', () => {
    expect(new StaticGeneratorError('ERR_CLOSED', '', { cause: null }).cause).toBeNull();
  });

  test('reads in a log as what it is', () => {
    const error = new StaticGeneratorError('ERR_CLOSED', 'closed');
    expect(String(error)).toBe('StaticGeneratorError: closed');
    expect(error.stack).toContain('errors.test.ts');
  });
});

test.each([
  [Object.assign(new Error(), { code: 'ENOENT' }), 'ENOENT'],
  [{ code: 'EACCES' }, 'EACCES'],
  [new Error(), undefined],
  [{ code: 42 }, undefined],
  [undefined, undefined],
  [null, undefined],
  ['ENOENT', undefined],
  [Symbol('ENOENT'), undefined],
])('the system error code of %s is %s', (thrown, code) => {
  expect(systemErrorCode(thrown)).toBe(code);
});

test.each([
  [new Error('why'), 'why'],
  [new TypeError(''), ''],
  ['text', 'text'],
  [undefined, 'undefined'],
  [null, 'null'],
  [42, '42'],
  [Symbol('s'), 'Symbol(s)'],
  [new AggregateError([new Error('one'), new Error('two')]), 'one; two'],
  [new AggregateError([new Error('one')], 'both'), 'both'],
])('the message of %s is %j', (thrown, message) => {
  expect(messageOf(thrown)).toBe(message);
});

test.each<[unknown, string]>([
  [undefined, 'nothing'],
  [null, 'null'],
  [Object.create(null), 'an object'],
  [{ password: 'hunter2' }, 'an object'],
  [{ constructor: 'hunter2' }, 'an object'],
  [['hunter2'], 'an array'],
  [new URL('http://user:hunter2@host/'), 'an instance of URL'],
  [new (class {})(), 'an object'],
  [Promise.resolve(), 'a promise'],
  [() => undefined, 'a function'],
  [class Post {}, 'a function'],
  ['hunter2', 'a string'],
  [42, 'a number'],
])('the kind of %o is told without what is in it', (value, kind) => {
  expect(kindOf(value)).toBe(kind);
});

describe('what a terminal shows of an error at the start', () => {
  /** Returns what a site with these options prints to standard error, from the message on. */
  async function shown(options: string): Promise<string> {
    const site = join(await temporaryFolder(), 'site.mjs');
    const dist = new URL('../dist/index.js', import.meta.url).href;
    writeFileSync(site, `import { staticGenerator } from '${dist}';\nstaticGenerator(${options});\n`);
    const { status, stderr } = spawnSync(process.execPath, [site], { encoding: 'utf8' });
    expect(status).toBe(1);
    return stderr.slice(stderr.indexOf('StaticGeneratorError:')).replaceAll(site, 'site.mjs');
  }

  test('is the message, the call of the site and the code', async () => {
    expect(await shown("{ webRoot: '/a', urls: ['/posts/*'] }")).toBe(
      `StaticGeneratorError: The configuration cannot be used:
  Expected \`urls[0]\` to be a regular expression such as /^\\/posts\\/[^/]+$/, not a glob, got "/posts/*" (string)
    at file://site.mjs:2:1 {
  code: 'ERR_OPTIONS'
}

Node.js ${process.version}
`,
    );
  });

  test('has what the system said, without a way through this package', async () => {
    const text = await shown('{ webRoot: import.meta.filename ?? process.argv[1], urls: [/a/] }');
    expect(text).toMatch(
      /^StaticGeneratorError: Expected WEB_ROOT site\.mjs to be a folder that this process can /,
    );
    expect(text).toContain("code: 'ERR_WEB_ROOT_UNUSABLE'");
    expect(text).toMatch(/\[cause\]: .*EEXIST/);
    expect(text).not.toContain('dist/');
  });
});

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

describe('an error for the site names the call of the site first', () => {
  /** Lets `call` throw by passing it an invalid value. Returns the lines of the stack. */
  function stackOf(call: (wrong: never) => unknown): readonly string[] {
    try {
      call({ none: true } as never);
    } catch (error) {
      expect(error).toBeInstanceOf(StaticGeneratorError);
      const stack = String((error as Error).stack);
      return stack.split('\n').filter((line) => /^ {4}at /.test(line));
    }
    throw new Error('It threw nothing');
  }

  test.each<[string, (wrong: never) => unknown]>([
    ['staticGenerator()', (wrong) => staticGenerator(wrong)],
    ['assets()', (wrong) => assets(wrong)],
    ['redis()', (wrong) => redis(wrong)],
    ['postgresBus()', (wrong) => postgresBus(wrong)],
    ['cloudflare()', (wrong) => cloudflare(wrong)],
    ['cloudfront()', (wrong) => cloudfront(wrong)],
    ['fastly()', (wrong) => fastly(wrong)],
    ['purge()', (wrong) => purge(wrong)],
    ['trackTypeOrm()', (wrong) => trackTypeOrm(wrong, wrong)],
    ['trackSequelize()', (wrong) => trackSequelize(wrong, wrong)],
    ['trackPrisma()', (wrong) => trackPrisma(wrong, wrong)],
    ['trackPgPool()', (wrong) => trackPgPool(wrong, wrong)],
    ['trackMysqlPool()', (wrong) => trackMysqlPool(wrong, wrong)],
    ['trackSqlite()', (wrong) => trackSqlite(wrong, wrong)],
    ['listenPostgres()', (wrong) => listenPostgres(wrong, wrong)],
    ['postgresTriggers()', (wrong) => postgresTriggers([wrong])],
  ])('%s', (_name, call) => {
    const [first, ...others] = stackOf(call);
    expect(first).toContain('errors.test.ts');
    expect(others.join('\n')).not.toContain(DIST);
  });

  test.each<[string, (site: StaticGenerator, wrong: never) => unknown]>([
    ['attach()', ({ attach }, wrong) => attach(wrong)],
    ['handler()', ({ handler }, wrong) => handler(wrong)],
    ['route()', ({ route }, wrong) => route(wrong)],
    ['nginx()', ({ nginx }, wrong) => nginx(wrong)],
    ['api()', ({ api }, wrong) => api(wrong)],
    ['dashboard()', ({ dashboard }, wrong) => dashboard(wrong)],
    ['island()', ({ island }) => island('/nowhere')],
    ['variant()', ({ variant }) => variant('none')],
    ['track()', ({ track }, wrong) => track(wrong)],
  ])('%s of a site', async (_name, call) => {
    const webRoot = join(await temporaryFolder(), 'www');
    const site = staticGenerator({ webRoot, urls: [/^\/$/], logger: false });
    const [first, ...others] = stackOf((wrong) => call(site, wrong));
    await site.close();
    expect(first).toContain('errors.test.ts');
    expect(others.join('\n')).not.toContain(DIST);
  });
});
