import type { OptionReader } from '../../option-reader.js';

const DEFAULT_NAME = 'staticgenerator';
const DEFAULT_TERM_SECONDS = 15;
/** nginx looks for whole seconds. With a shorter term, a short pause of the process would end the term. */
const MIN_TERM_SECONDS = 3;
const MAX_TIMEOUT_MS = 5_000;

/** The settings of a bus, for any engine. */
export interface BusSettings {
  readonly name: string;
  readonly termMilliseconds: number;
  /** How long the engine may take to answer. */
  readonly timeoutMilliseconds: number;
}

/** Reads the options `name` and `termSeconds`. */
export function readSettings(
  read: OptionReader,
  names: { readonly pattern: RegExp; readonly expected: string },
): BusSettings {
  const name = read.string('name', DEFAULT_NAME);
  if (!names.pattern.test(name)) read.refuse('name', names.expected, name);
  const termSeconds = read.positiveInteger('termSeconds', DEFAULT_TERM_SECONDS);
  if (termSeconds < MIN_TERM_SECONDS) read.refuse('termSeconds', `at least ${MIN_TERM_SECONDS}`, termSeconds);
  const termMilliseconds = termSeconds * 1000;
  return { name, termMilliseconds, timeoutMilliseconds: Math.min(MAX_TIMEOUT_MS, termMilliseconds / 3) };
}
