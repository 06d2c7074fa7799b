import { numberIn, type Operand } from './conditions.js';

/** A text in which numbers are parameters, and what each of these is: a number that stood there, or a parameter that was one before. */
export interface Lifted {
  readonly sql: string;
  readonly operands: readonly Operand[];
}

/**
 * One statement that is cut into the same tokens by every database: no literals but numbers, no comments, only plain names in
 * quotes. In others a number may be no value: `SET autocommit = 0`.
 */
const PLAIN = /^\s*(?:select|insert|update|delete)\b(?:[\w\s.,()=<>*]|\?(?![\d?])|"[\w\s]*"|`[\w\s]*`)*$/i;

/** Where a value may stand: a whole number by itself, or a parameter. */
const VALUE = /([=(,]\s*)(\d+)(?=\s*(?:[),]|$|\s[a-z]))|\?/gi;

/**
 * Some ORMs write numbers into the text, `WHERE "id" = 5`, so that hardly two of their texts are the same. With parameters in the
 * place of the numbers they are. Undefined: there are none, or the text is not plain.
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
