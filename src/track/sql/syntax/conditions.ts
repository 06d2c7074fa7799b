import { clauseIn } from './clauses.js';
import { foldColumn } from './columns.js';
import { conjuncts } from './conjuncts.js';
import { AFTER_CONDITION } from './keywords.js';
import { split } from './parentheses.js';
import { isComma, isSign, isWord, type Token } from './tokens.js';

/** The values that columns are compared with, by `alias.column` or `column`, in lower case. */
export type Conditions = ReadonlyMap<string, readonly unknown[]>;

/** A value in SQL: a literal, or the parameter with this index. */
export type Operand = { readonly value: unknown } | { readonly parameter: number };

/** What columns are compared with, whatever the values of the parameters. */
export type Comparisons = ReadonlyMap<string, readonly Operand[]>;

export function conditionsOf(comparisons: Comparisons, parameters: readonly unknown[]): Conditions {
  return new Map([...comparisons].map(([column, operands]) => [column, valuesOf(operands, parameters)]));
}

export function valuesOf(operands: readonly Operand[], parameters: readonly unknown[]): readonly unknown[] {
  return operands.map((operand) => ('value' in operand ? operand.value : parameters[operand.parameter]));
}

/** Returns the parts of the outermost WHERE that must all hold; none if uncertain. Question marks must be numbered. */
export function conditionsIn(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const clause = clauseIn(tokens, 'where', AFTER_CONDITION) ?? [];
  return conjuncts(clause.filter((token) => !isSign(token, ';'))).filter((part) => part.length > 0);
}

/** Returns what columns are compared with in conditions that each row must meet. */
export function comparisonsIn(conditions: readonly (readonly Token[])[]): Comparisons {
  const found = new Map<string, readonly Operand[]>();
  for (const part of conditions) {
    const [column, operator, ...rest] = foldColumn(part);
    if (column === undefined || operator === undefined) continue;
    const operands = operandsIn(operator, rest);
    if (operands !== undefined) found.set(column.text, operands);
  }
  return found;
}

/** Numbers the question marks, so that a part of the tokens still says which parameter it means. */
export function numberParameters(tokens: readonly Token[]): readonly Token[] {
  let count = 0;
  return tokens.map((token) => {
    if (token.kind !== 'parameter' || token.text !== '?') return token;
    count += 1;
    return { ...token, text: `?${count}` };
  });
}

/** Returns the values after `=` or `IN`; `undefined` for another kind of condition, or if a value is an expression. */
function operandsIn(operator: Token, tokens: readonly Token[]): readonly Operand[] | undefined {
  const isIn = isWord(operator, 'in') && tokens[0]?.text === '(' && tokens.at(-1)?.text === ')';
  if (!isIn && operator.text !== '=') return undefined;
  const operands = (isIn ? split(tokens.slice(1, -1), isComma) : [tokens]).map(operandIn);
  return operands.every((operand) => operand !== undefined) ? operands : undefined;
}

/** Returns `undefined` for an expression or a word. */
function operandIn([token, ...more]: readonly Token[]): Operand | undefined {
  const isCast = more[0]?.text === '::' && more.length === 2;
  if (token === undefined || (more.length > 0 && !isCast)) return undefined;
  if (token.kind === 'parameter') return { parameter: Number(token.text.slice(1)) - 1 };
  if (token.kind === 'number') return { value: numberIn(token.text) };
  return token.kind === 'text' ? { value: token.text } : undefined;
}

/** Returns a value or NULL; `undefined` for anything else. */
export function operandOrNull(tokens: readonly Token[]): Operand | undefined {
  return tokens.length === 1 && isWord(tokens[0], 'null') ? { value: null } : operandIn(tokens);
}

/** Returns a whole number. Returns NaN for any other number, because databases write these in several ways. */
export function numberIn(text: string): number | bigint {
  if (!/^(?:0|[1-9]\d*)$/.test(text)) return Number.NaN;
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
