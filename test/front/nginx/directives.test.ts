import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { StaticGeneratorError } from '../../../src/errors.js';
import {
  block,
  comment,
  condition,
  directive,
  map,
  pattern,
  printStatements,
  variables,
  type Word,
} from '../../../src/front/nginx/directives.js';
import { startNginx } from '../../helpers/servers/nginx.js';
import { freePort } from '../../helpers/servers/ports.js';
import { rawRequest } from '../../helpers/servers/raw-http.js';

const print = (...words: Word[]) => printStatements([directive('x', ...words)]);

test('a configuration is indented, and empty lines set off comments and blocks', () => {
  const statements = [
    comment('first'),
    directive('user', 'www'),
    block(['events']),
    comment('two\n\nlines'),
    block(['server'], comment('inside'), block(['if', condition('($a = "")')], directive('return', '404'))),
    block(['events']),
  ];
  expect(printStatements(statements)).toBe(`# first
user www;

events {
}

# two
#
# lines
server {
    # inside
    if ($a = "") {
        return 404;
    }
}

events {
}
`);
});

test.each([
  ['plain', 'x plain;\n'],
  ['', 'x "";\n'],
  ['two words', 'x "two words";\n'],
  ['a;b', 'x "a;b";\n'],
  ['{', 'x "{";\n'],
  ['}', 'x "}";\n'],
  ['#no comment', 'x "#no comment";\n'],
  ['say "hi"', 'x "say \\"hi\\"";\n'],
  ["it's", 'x "it\'s";\n'],
  ['\\d stays', 'x "\\d stays";\n'],
  ['a\\', 'x "a\\\\";\n'],
  ['\\n is no line end', 'x "\\\\n is no line end";\n'],
  ['\\\\', 'x "\\\\\\\\";\n'],
  ['日本', 'x "日本";\n'],
])('the text %j is printed so that nginx reads it back', (text, printed) => {
  expect(print(text)).toBe(printed);
});

test.each([
  ['a literal with a $', () => print('a$b')],
  ['a $ that begins no variable', () => print(variables('a$'))],
  ['a $ before a digit, a capture', () => print(variables('$1'))],
  ['a line end', () => print('a\nb')],
  ['a zero byte', () => print(pattern('\0'))],
  ['a tab', () => print('\t')],
  ['a C1 control', () => print('\x85')],
  ['a carriage return in a comment', () => printStatements([comment('a\rb')])],
  ['more than nginx reads', () => print('x'.repeat(4001))],
])('%s is refused', (_, act) => {
  expect(act).toThrow(StaticGeneratorError);
  expect(act).toThrow(/^The nginx configuration cannot hold /);
});

describe('nginx reads back', () => {
  const seed = 20_240_229;
  const COUNT = 150;
  /** Header values that a client or a server may write into one line, without leading or trailing spaces. */
  const characters = fc.constantFrom(...` "'\\;{}#$~*()[]|^=,:tnrxAz0`, '\\\\', '\\"', '${', ' #', "\\'");
  const text = fc.array(characters, { minLength: 1, maxLength: 12 }).map((all) => `<${all.join('')}>`);

  test(`${COUNT} odd strings as they were meant: in a header, and as the key of a map`, async () => {
    const texts = [...new Set(fc.sample(text, { seed, numRuns: COUNT }))];
    const literals = texts.map((one) => one.replaceAll('$', ''));
    const port = await startServer(literals, texts);
    const response = await ask(port, '');
    for (const [index, one] of literals.entries()) expect(response.headers[`x-${index}`]).toBe(one);
    for (const [index, one] of texts.entries()) {
      const { headers } = await ask(port, one);
      expect([one, headers['x-exact'], headers['x-pattern']]).toEqual([
        one,
        `exact ${index}`,
        `pattern ${index}`,
      ]);
    }
  });

  async function startServer(literals: readonly string[], keys: readonly string[]): Promise<number> {
    const port = await freePort();
    const exact = keys.map((key, index) => directive(pattern(key), `exact ${index}`));
    const patterns = keys.map((key, index) =>
      directive(pattern(`~\\A${escapePattern(key)}\\z`), `pattern ${index}`),
    );
    const statements = [
      block(['events']),
      block(
        ['http'],
        map('$http_x', '$exact', '', exact),
        map('$http_x', '$pattern', '', patterns),
        block(
          ['server'],
          directive('listen', `127.0.0.1:${port}`),
          ...literals.map((value, index) => directive('add_header', `X-${index}`, value)),
          directive('add_header', 'X-Exact', variables('$exact')),
          directive('add_header', 'X-Pattern', variables('$pattern')),
          directive('return', '204'),
        ),
      ),
    ];
    const nginx = await startNginx(printStatements(statements));
    onTestFinished(() => nginx.stop());
    return port;
  }
});

const ask = (port: number, value: string) =>
  rawRequest(port, `GET / HTTP/1.1\r\nHost: x\r\nX: ${value}\r\n\r\n`);

/** Escapes a pattern as a person would write it: with a backslash only before characters with a meaning. */
function escapePattern(literal: string): string {
  return literal.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}
