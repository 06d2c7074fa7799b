import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kindOf, messageOf, StaticGeneratorError, systemErrorCode } from '../src/errors.js';
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
  /** Standard error of a site with these options, from the message on. */
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
