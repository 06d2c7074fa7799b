import { numberIn } from './conditions.js';

/** A text in which numbers are parameters, with the values of all of them. */
export interface Lifted {
  readonly sql: string;
  readonly parameters: readonly unknown[];
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
 * place of the numbers they are. A text that is not plain is given back as it is.
 */
export function liftNumbers(sql: string, parameters: readonly unknown[]): Lifted {
  if (!/[=(,]\s*\d/.test(sql) || !PLAIN.test(sql)) return { sql, parameters };
  const values: unknown[] = [];
  let used = 0;
  const lifted = sql.replace(VALUE, (_, before = '', number?: string) => {
    values.push(number === undefined ? parameters[used++] : numberIn(number));
    return `${before}?`;
  });
  return { sql: lifted, parameters: values };
}
