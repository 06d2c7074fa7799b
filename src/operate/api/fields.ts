import { kindOf } from '../../errors.js';
import { nearestNames } from '../../nearest.js';
import { isPlainObject, type OptionProblem, OptionReader } from '../../option-reader.js';
import { Refused } from './problem.js';

/** How many targets and tags a request may name. A glob or a tag covers more pages. */
export const MAX_NAMED = 1_000;
/** How many pages are rendered at a time, at most. */
export const MAX_CONCURRENCY = 100;
/** How long one render may take, at most. */
export const MAX_RENDER_MS = 600_000;
/** How many pages one answer of a list has, at most. */
export const MAX_LIMIT = 1_000;
/** How many characters a target or a query parameter has, at most. */
export const MAX_TARGET_LENGTH = 2_048;

export const TARGET = {
  pattern: new RegExp(`^.{1,${MAX_TARGET_LENGTH}}$`, 'su'),
  expected: `a text of 1 to ${MAX_TARGET_LENGTH} characters`,
};

/**
 * Reads the fields of a JSON object. Throws {@link Refused} with every problem, including the names of unknown fields.
 */
export function readFields<T>(
  given: unknown,
  known: readonly string[],
  readKnown: (read: OptionReader) => T,
): T {
  if (!isPlainObject(given)) throw badRequest(`Expected a JSON object, got ${kindOf(given)}`);
  const problems: OptionProblem[] = unknownIn(given, known);
  const read = new OptionReader(given, problems);
  const value = readKnown(read);
  if (problems.length === 0) return value;
  const message = problems.map((one) => one.message).join('; ');
  throw badRequest(
    message,
    problems.map(({ option, message }) => ({ field: option, message })),
  );
}

/** Reads the parameters of a query; those of `repeatable` are lists. */
export function readQuery<T>(
  query: URLSearchParams,
  { once, repeatable }: { readonly once: readonly string[]; readonly repeatable: readonly string[] },
  readKnown: (read: OptionReader) => T,
): T {
  // It has no prototype, because a parameter may be called `__proto__`.
  const given: Record<string, string | string[]> = Object.create(null);
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    given[name] = values.length === 1 && !repeatable.includes(name) ? String(values[0]) : values;
  }
  return readFields({ ...given }, [...once, ...repeatable], readKnown);
}

/** Reads a list of texts, such as targets; an empty list if the field is absent. */
export function readTexts(read: OptionReader, field: string): readonly string[] {
  const texts = read.names(field, [], TARGET.pattern, TARGET.expected);
  if (texts.length <= MAX_NAMED) return texts;
  read.refuse(field, `at most ${MAX_NAMED} texts`, texts.length);
  return [];
}

/** Reads a text that is not empty; `undefined` if the field is absent. */
export function readText(read: OptionReader, field: string): string | undefined {
  const value = read.raw(field);
  if (value === undefined) return undefined;
  if (typeof value === 'string' && TARGET.pattern.test(value)) return value;
  return read.refuse(field, TARGET.expected, value);
}

/** Reads a whole number from 1 to `most`, as a JSON number or as digits; `undefined` if the field is absent. */
export function readCount(read: OptionReader, field: string, most: number): number | undefined {
  const value = read.raw(field);
  if (value === undefined) return undefined;
  const count = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= most) return count;
  return read.refuse(field, `a whole number from 1 to ${most}`, value);
}

function unknownIn(given: object, known: readonly string[]): OptionProblem[] {
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const nearest = nearestNames(name, known).map((one) => `\`${one}\``);
      const hint = nearest.length === 0 ? '' : ` (did you mean ${nearest.join(' or ')}?)`;
      const fields = known.length === 0 ? 'it has no fields' : `the fields are ${known.join(', ')}`;
      return { option: name, message: `Unknown field \`${name.slice(0, 80)}\`${hint}; ${fields}` };
    })
    .slice(0, MAX_UNKNOWN);
}

/** How many unknown fields are named in the answer, at most. */
const MAX_UNKNOWN = 10;

export function badRequest(detail: string, problems?: readonly object[]): Refused {
  return new Refused('ERR_API_BAD_REQUEST', detail, problems && { fields: { problems } });
}
