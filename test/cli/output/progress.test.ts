import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createProgress } from '../../../src/cli/output/progress.js';

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
  progress.show({ total: 10, done: 7 });
  progress.stop();
  progress.stop();
};

/** Returns the count in the bar that was drawn last, such as `7/10`. */
function lastDrawn(written: string): string | undefined {
  return [...written.matchAll(/warming \S* (\d+\/\d+) pages, \d+\/s, \S+ left/g)].at(-1)?.[1];
}

test('on a terminal there is a bar with what is done, the total and the rate, and the cursor is given back', () => {
  const { stream, written } = terminal(true);
  use(stream, true);
  expect(lastDrawn(written())).toBe('7/10');
  expect(written()).toContain('\u001b[?25h');
});

test('work that learns by and by how much there is counts up', () => {
  const { stream, written } = terminal(true);
  const progress = createProgress({ label: 'warming', unit: 'pages', stream }, true);
  progress.setTotal(8);
  progress.advance();
  progress.advance(3);
  progress.stop();
  expect(lastDrawn(written())).toBe('4/8');
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
