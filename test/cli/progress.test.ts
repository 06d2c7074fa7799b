import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createProgress } from '../../src/cli/progress.js';

function terminal(isTTY: boolean) {
  let written = '';
  const stream = Object.assign(new PassThrough(), {
    isTTY,
    columns: 100,
    rows: 24,
    cursorTo: () => true,
    clearLine: () => true,
    moveCursor: () => true,
  });
  stream.on('data', (bytes) => (written += String(bytes)));
  return { stream: stream as unknown as NodeJS.WriteStream, written: () => written };
}

const use = (stream: NodeJS.WriteStream, isShown: boolean) => {
  const progress = createProgress({ label: 'warming', unit: 'pages', stream }, isShown);
  progress.setTotal(8);
  progress.advance();
  progress.advance(3);
  progress.show({ total: 10, done: 7 });
  progress.stop();
  progress.stop();
};

test('on a terminal there is a bar with what is done, the total and the rate, and the cursor is given back', () => {
  const { stream, written } = terminal(true);
  use(stream, true);
  expect(written()).toMatch(/warming .* pages, \d+\/s, .* left/);
  expect(written().endsWith('\u001b[?25h') || written().includes('\u001b[?25h')).toBe(true);
});

test('in a pipe, and where JSON was asked for, nothing is written', () => {
  for (const [isTTY, isShown] of [
    [false, true],
    [true, false],
  ] as const) {
    const { stream, written } = terminal(isTTY);
    use(stream, isShown);
    expect(written()).toBe('');
  }
});
