import { describe, expect, test } from 'vitest';
import { type Options, resolveConfig } from '../../src/config.js';
import { type Reason, reasons } from '../../src/page/reasons.js';
import { remedyOf } from '../../src/page/remedies.js';
import { readPage, tableRows } from '../docs/markdown.js';

const all = Object.keys(reasons) as Reason[];
const page = { path: "/posts/it's%20(a)+b.c", pattern: /^\/posts\// };

test('there is one for every reason for which docs/reference/reasons.md has one', () => {
  const rows = tableRows(readPage('docs/reference/reasons.md').text);
  const documented = rows
    .filter(([, , todo = '']) => todo !== '' && todo !== 'what to do')
    .map(([code = '']) => code.replaceAll('`', ''));
  expect(documented.length).toBeGreaterThan(30);
  expect(documented.filter((reason) => remedyOf(reason as Reason, page) === undefined)).toEqual([]);
});

describe('its line', () => {
  const details = [undefined, '*', 'user-agent', 'Accept-Language, Accept-Encoding', "odd'name\\"];

  test.each(all)('is one that options take, for %s', (reason) => {
    for (const detail of details) {
      const line = remedyOf(reason, { ...page, detail })?.line;
      if (line !== undefined) expect(() => resolve(line), line).not.toThrow();
    }
  });

  test('cannot be made to do more by what a visitor has sent', () => {
    for (const detail of ["a'] }, urls: [/./], x: { y: ['", "a', b", 'a\\']) {
      const line = remedyOf('reads-header', { detail })?.line ?? '';
      expect(Object.keys(parse(line)).filter((name) => name !== 'ignoreHeaders')).toEqual([]);
    }
  });

  test('that leaves out a URL leaves out this one alone', () => {
    const line = remedyOf('set-cookie', page)?.line;
    const { rules } = resolve(String(line));
    const decoded = decodeURIComponent(page.path);
    expect(rules.match(decoded)).toBe('excluded');
    for (const other of [`${decoded}x`, `/x${decoded}`, decoded.replace('.', 'x'), decoded.replace('+', '')])
      expect(rules.match(other)).not.toBe('excluded');
  });

  test('names what is known of the case', () => {
    expect(remedyOf('reads-header', { detail: 'user-agent' })?.line).toBe(
      "ignoreHeaders: { add: ['user-agent'] }",
    );
    expect(remedyOf('reads-header', { ...page, detail: '*' })?.line).toBe(
      "urls: [{ match: /^\\/posts\\//, as: 'nobody' }]",
    );
    expect(remedyOf('reads-header', { detail: 'accept-language' })?.line).toContain('variants: {');
    expect(remedyOf('reads-header', { detail: 'save-data' })?.text).toContain('`variants`');
    expect(remedyOf('vary', { detail: 'Accept-Encoding, Origin' })?.line).toBe(
      "bypassHeaders: { add: ['origin'] }",
    );
  });
});

function parse(line: string): Partial<Options> {
  return new Function(`return { ${line} }`)();
}

function resolve(line: string) {
  return resolveConfig({ webRoot: '/tmp/www', urls: [/^\//], ...parse(line) }, {});
}
