// Reads the arguments of the command line.
import { parseArgs } from 'node:util';

const DEFAULT_ROUNDS = 12;
const DEFAULT_PAIRS = 24;
/**
 * The fewest rounds that can be judged: with fewer, an interval holds the true ratio with less than 99 % confidence.
 */
const LEAST_TO_JUDGE = 8;
const QUICK_ROUNDS = LEAST_TO_JUDGE;
const QUICK_PAIRS = 8;

/**
 * @typedef {object} Arguments
 * @property {string} ref
 * @property {readonly string[]} suites
 * @property {number} rounds
 * @property {number} pairs of turns of a measure in a round
 * @property {boolean} nginx whether hits through nginx are measured although its text is the same
 * @property {boolean} json
 * @property {number | undefined} failBelow
 */

/** Wrong usage, with a message for the person who typed it. */
export class UsageError extends Error {}

/** @param {readonly string[]} suites */
export function helpOf(suites) {
  return `Usage: npm run bench:compare -- <commit> [options]

Builds another commit beside the working tree and prints how fast the working tree is in times that commit: 1 is as fast,
below 1 is slower. In brackets is the interval that holds the true ratio with 99 % confidence.

Options:
  --suites <a,b>        what is measured (default: all): ${suites.join(', ')}
  --rounds <number>     how often both are started and measured in turns (default: ${DEFAULT_ROUNDS})
  --quick               ${QUICK_ROUNDS} shorter rounds: for a first look, intervals are wider
  --nginx               measure hits through nginx although both commits generate the same configuration
  --json                print one JSON document
  --fail-below <ratio>  exit with 1 if a whole interval lies below this, for example 0.98
  --help                show this help

Exits with 0, with 1 if something is slower than --fail-below allows, with 2 if nothing could be compared.`;
}

/**
 * Reads the arguments. Returns undefined if they ask for help. Throws UsageError.
 *
 * @param {readonly string[]} words
 * @param {readonly string[]} known the suites that exist
 * @returns {Arguments | undefined}
 */
export function readArguments(words, known) {
  const { values, positionals } = parse(words);
  if (values.help === true) return undefined;
  const [ref, ...others] = positionals;
  if (ref === undefined || others.length > 0)
    throw new UsageError(`Expected one commit to compare with, got ${positionals.length}`);
  const isQuick = values.quick === true;
  const { rounds, limit } = judged(values, isQuick);
  return {
    ref,
    suites: values.suites === undefined ? known : suitesOf(values.suites, known),
    rounds,
    pairs: isQuick ? QUICK_PAIRS : DEFAULT_PAIRS,
    nginx: values.nginx === true,
    json: values.json === true,
    failBelow: limit,
  };
}

/**
 * @param {{ readonly rounds?: string | undefined, readonly 'fail-below'?: string | undefined }} values
 * @param {boolean} isQuick
 */
function judged({ rounds: given, 'fail-below': below }, isQuick) {
  const usual = isQuick ? QUICK_ROUNDS : DEFAULT_ROUNDS;
  const rounds = given === undefined ? usual : roundsOf(given);
  const limit = below === undefined ? undefined : limitOf(below);
  if (limit !== undefined && rounds < LEAST_TO_JUDGE)
    throw new UsageError(`--fail-below: expected ${LEAST_TO_JUDGE} rounds at least, got ${rounds}`);
  return { rounds, limit };
}

/** @param {readonly string[]} words */
function parse(words) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        suites: { type: 'string' },
        rounds: { type: 'string' },
        quick: { type: 'boolean' },
        nginx: { type: 'boolean' },
        json: { type: 'boolean' },
        'fail-below': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Returns the named suites in the order of `known`, whatever the order in which they are named.
 *
 * @param {string} text
 * @param {readonly string[]} known
 */
function suitesOf(text, known) {
  const named = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = named.filter((name) => !known.includes(name));
  if (named.length === 0 || unknown.length > 0)
    throw new UsageError(
      `--suites: expected some of ${known.join(', ')}, got ${unknown.join(', ') || 'none'}`,
    );
  return known.filter((name) => named.includes(name));
}

/** @param {string} text */
function roundsOf(text) {
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`--rounds: expected a number from 1, got ${text}`);
  return Number(text);
}

/** @param {string} text */
function limitOf(text) {
  const limit = Number(text);
  if (text.trim() === '' || !(limit > 0 && limit <= 1))
    throw new UsageError(`--fail-below: expected a ratio above 0 and at most 1, got ${text}`);
  return limit;
}
