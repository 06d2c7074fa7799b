import { numberIn, type Operand } from './conditions.js';

/** A text in which parameters replace numbers. Each operand is such a number, or a parameter of the original text. */
export interface Lifted {
  readonly sql: string;
  readonly operands: readonly Operand[];
}

/**
 * One statement that every database splits into the same tokens: no literals except numbers, no comments, only plain
 * names in quotes. In statements with other verbs, a number may not be a value: `SET autocommit = 0`.
 */
const PLAIN = /^\s*(?:select|insert|update|delete)\b(?:[\w\s.,()=<>*]|\?(?![\d?])|"[\w\s]*"|`[\w\s]*`)*$/i;

/** A value in such a text: a whole number by itself, or a parameter. */
const VALUE = /([=(,]\s*)(\d+)(?=\s*(?:[),]|$|\s[a-z]))|\?/gi;

/**
 * Replaces numbers by parameters. Some ORMs write numbers into the text, such as `WHERE "id" = 5`, so that few of their
 * texts are the same. Returns `undefined` if there are no numbers, or if the text is not plain.
 */
export function liftNumbers(sql: string): Lifted | undefined {
  if (!/[=(,]\s*\d/.test(sql) || !PLAIN.test(sql)) return undefined;
  const operands: Operand[] = [];
  let used = 0;
  const lifted = sql.replace(VALUE, (_, before = '', number?: string) => {
    operands.push(number === undefined ? { parameter: used++ } : { value: numberIn(number) });
    return `${before}?`;
  });
  return lifted === sql ? undefined : { sql: lifted, operands };
}
