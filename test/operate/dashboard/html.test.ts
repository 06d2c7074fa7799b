import { parseDocument } from 'htmlparser2';
import { describe, expect, test } from 'vitest';
import { chart } from '../../../src/operate/dashboard/html/chart.js';
import { type Content, html, join } from '../../../src/operate/dashboard/html/html.js';

describe('a template', () => {
  test.each<[string, Content, string]>([
    ['text', '<b>"a" & \'b\'</b>', '&lt;b&gt;&quot;a&quot; &amp; &#39;b&#39;&lt;/b&gt;'],
    ['a number', 5, '5'],
    ['nothing', undefined, ''],
    ['false', false as const, ''],
    ['zero', 0, '0'],
    ['HTML', html`<i>${'<'}</i>`, '<i>&lt;</i>'],
    ['a list', ['<', html`<b></b>`, ['>']], '&lt;<b></b>&gt;'],
    ['a control character', 'a\u0000b', 'a\\u{0}b'],
    ['a turn of direction', '\u202Ea', '\\u{202e}a'],
  ])('has %s as it should be', (_what, value, expected) => {
    expect(html`${value}`.text).toBe(expected);
  });

  test('refuses what only looks like HTML', () => {
    expect(() => html`${{ text: '<b>' } as never}`).toThrow();
  });

  test('joins with what is text', () => {
    expect(join([html`<b></b>`, html`a`], ' & ').text).toBe('<b></b> &amp; a');
  });
});

describe('a chart', () => {
  const given = {
    ...{ id: 'a', title: 'A <title>', times: ['10:00', '10:01', '10:02', '10:03'] },
    series: [
      { name: 'One & only', kind: 'node' as const, values: [0, 10, undefined, 5] },
      { name: 'None', kind: 'misses' as const, values: [undefined, undefined, undefined, undefined] },
    ],
    format: (value: number) => `${value} x`,
  };

  test('says in words what it shows, and has every figure in a table', () => {
    const { text } = chart(given);
    expect(text).toContain(
      'aria-label="A &lt;title&gt;: One &amp; only: 0 x to 10 x, last 5 x; None: nothing"',
    );
    expect(text).toContain('<th scope="row">10:01</th><td class="number">10 x</td><td class="number">–</td>');
    expect(parseDocument(text).children).toHaveLength(1);
  });

  test('breaks a line where nothing is known, and shows a lone value', () => {
    const { text } = chart(given);
    const [, first = '', second] =
      /class="line node" d="([^"]*)".*class="line misses" d="([^"]*)"/s.exec(text) ?? [];
    expect(first).toMatch(/^M[\d.]+ [\d.]+L[\d.]+ [\d.]+M[\d.]+ [\d.]+h\.01$/);
    expect(second).toBe('');
  });

  test('is drawn within its bounds, of nothing too', () => {
    for (const values of [[], [0], [0.2], [1e9, 3]]) {
      const times = values.map(String);
      const { text } = chart({ ...given, times, series: [{ name: 'a', kind: 'node', values }] });
      expect(text).not.toMatch(/NaN|Infinity|"-\d/);
    }
  });
});
