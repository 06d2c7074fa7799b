import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Output } from '../../../src/cli/output/output.js';
import { createPlainLogger } from '../../../src/cli/output/plain-logger.js';

/** Makes a logger, and records what it writes to each stream. */
function record({ json = false, everything = false }) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const output = new Output({ stdout, stderr, json, environment: {} });
  const logger = createPlainLogger(output, everything);
  // Since Node 26, one read returns only one chunk of what was written.
  const textOf = (stream: PassThrough) => {
    let text = '';
    for (let piece = stream.read(); piece !== null; piece = stream.read()) text += String(piece);
    return text;
  };
  return { logger, stdout: () => textOf(stdout), stderr: () => textOf(stderr) };
}

const levels = ['debug', 'info', 'warn', 'error'] as const;

describe('a logger of commands', () => {
  test.each([
    ['warnings and errors', false, 'warning: warn\nwarning: error\n'],
    ['everything, when asked to', true, 'log: debug\nlog: info\nwarning: warn\nwarning: error\n'],
  ])('writes %s to standard error', (_, everything, expected) => {
    const { logger, stdout, stderr } = record({ everything });
    for (const level of levels) logger[level]({}, level);
    expect({ stdout: stdout(), stderr: stderr() }).toEqual({ stdout: '', stderr: expected });
  });

  test('shows the message of an error, and other fields by name', () => {
    const { logger, stderr } = record({});
    logger.warn({ file: 'a b', err: new Error('disk full'), count: 2 }, 'not stored');
    expect(stderr()).toBe('warning: not stored (file="a b", disk full, count=2)\n');
  });

  test('writes JSON a line, with the message of an error', () => {
    const { logger, stderr } = record({ json: true });
    logger.error({ err: new Error('disk full'), count: 2 }, 'not stored');
    const text = stderr();
    expect(text.endsWith('}\n')).toBe(true);
    expect(JSON.parse(text)).toEqual({
      warning: { level: 'error', message: 'not stored', error: 'disk full', count: 2 },
    });
  });
});
