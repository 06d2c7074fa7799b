import { describe, expect, test } from 'vitest';
import { helpOf, readArguments, UsageError } from './arguments.mjs';

const SUITES = ['hits', 'misses', 'start'];
const read = (...words: string[]) => readArguments(words, SUITES);

describe('the command line', () => {
  test('needs a commit alone', () => {
    expect(read('main')).toEqual({
      ...{ ref: 'main', suites: SUITES, rounds: 12, pairs: 24 },
      ...{ nginx: false, json: false, failBelow: undefined },
    });
  });

  test('takes every option', () => {
    const words = ['--suites', 'start,hits', '--rounds=30', '--nginx', '--json', '--fail-below', '0.98'];
    expect(read('v1.0.0', ...words)).toEqual({
      ...{ ref: 'v1.0.0', suites: ['hits', 'start'], rounds: 30, pairs: 24 },
      ...{ nginx: true, json: true, failBelow: 0.98 },
    });
  });

  test('makes rounds fewer and shorter with --quick, but not fewer than are named', () => {
    expect(read('main', '--quick')).toMatchObject({ rounds: 8, pairs: 8 });
    expect(read('main', '--quick', '--rounds', '20')).toMatchObject({ rounds: 20, pairs: 8 });
  });

  test.each([['--help'], ['-h'], ['main', '--help']])('asks for help: %s %s', (...words) => {
    expect(read(...words)).toBeUndefined();
  });

  test.each([
    [[], 'Expected one commit to compare with, got 0'],
    [['a', 'b'], 'Expected one commit to compare with, got 2'],
    [['main', '--suites', 'hits,no'], '--suites: expected some of hits, misses, start, got no'],
    [['main', '--suites', ','], '--suites: expected some of hits, misses, start, got none'],
    [['main', '--rounds', '0'], '--rounds: expected a number from 1, got 0'],
    [['main', '--rounds', 'x'], '--rounds: expected a number from 1, got x'],
    [['main', '--fail-below', '98'], '--fail-below: expected a ratio above 0 and at most 1, got 98'],
    [['main', '--fail-below', ''], '--fail-below: expected a ratio above 0 and at most 1, got '],
    [['main', '--rounds', '7', '--fail-below', '0.9'], '--fail-below: expected 8 rounds at least, got 7'],
    [['main', '--fast'], "Unknown option '--fast'"],
  ])('refuses %j', (words, message) => {
    expect(() => read(...words)).toThrow(UsageError);
    expect(() => read(...words)).toThrow(message);
  });

  test('names every suite and option in its help', () => {
    const help = helpOf(SUITES);
    for (const word of [...SUITES, '--suites', '--rounds', '--quick', '--nginx', '--json', '--fail-below'])
      expect(help).toContain(word);
  });
});
