import { clauseFrom } from './clauses.js';
import { foldColumn } from './columns.js';
import { conjuncts } from './conjuncts.js';
import { AFTER_FROM, BEFORE_OPERAND, BETWEEN_OPERANDS, IN_OPERAND, NO_ALIAS } from './keywords.js';
import { depthsOf } from './parentheses.js';
import { isSign, isWord, type Token } from './tokens.js';

/** How a table is joined to the tables before it. */
export interface Join {
  /** Whether it is a LEFT JOIN: it adds columns to rows, removes no row, and adds no row of its table alone. */
  readonly isLeft: boolean;
  /** Its columns that must equal a column of another table, with the alias of that table and the column. */
  readonly equals: ReadonlyMap<string, OtherColumn>;
  /** Whether its condition is one such equality and nothing else. */
  readonly isEquality: boolean;
  /** Whether anything except the select list and the conditions of joins names it, or may name it. */
  readonly isNamed: boolean;
  /** The aliases of the other tables that name it in the conditions of their joins. */
  readonly users: ReadonlySet<string>;
}

/** A column of another table. */
export interface OtherColumn {
  readonly alias: string;
  readonly column: string;
}

/** The joins by alias. Tables that are joined in another way than by JOIN are missing: nothing is known of them. */
export type Joins = ReadonlyMap<string, Join>;

interface Segment {
  readonly alias: string;
  readonly isLeft: boolean;
  readonly condition: readonly Token[];
}

/** Returns the joins of a single SELECT. */
export function joinsIn(tokens: readonly Token[]): Joins {
  const tail = tokens.slice(tokens.findIndex((token) => isWord(token, 'from')) + 1);
  const from = clauseFrom(tail, AFTER_FROM);
  const rest = tail.slice(from.length);
  const segments = segmentsOf(from);
  const conditions = segments.flatMap(({ condition }) => condition);
  const isObscure = isDistinct(tokens) || !isExplicit(rest) || !isExplicit(conditions);
  const named = aliasesIn(rest);
  return new Map(
    segments.map(({ alias, isLeft, condition }) => [
      alias,
      {
        isLeft,
        equals: equalsOf(alias, condition),
        isEquality: conjuncts(condition).length === 1 && equalsOf(alias, condition).size === 1,
        isNamed: isObscure || named.has(alias),
        users: usersOf(alias, segments),
      },
    ]),
  );
}

function usersOf(alias: string, segments: readonly Segment[]): ReadonlySet<string> {
  const others = segments.filter((other) => other.alias !== alias && aliasesIn(other.condition).has(alias));
  return new Set(others.map((other) => other.alias));
}

/** Splits a FROM into the parts that begin with a JOIN and the words before it. */
function segmentsOf(from: readonly Token[]): readonly Segment[] {
  const depths = depthsOf(from);
  const joins = [...from.keys()].filter((at) => depths[at] === 0 && isWord(from[at], 'join'));
  return joins.flatMap((at, index) => {
    const segment = segmentFrom(from.slice(at + 1, joins[index + 1]));
    const kind = isWord(from[at - 1], 'outer') ? from[at - 2] : from[at - 1];
    return segment === undefined ? [] : [{ ...segment, isLeft: isWord(kind, 'left') }];
  });
}

/** Returns `undefined` if it is not one table with a condition after ON. */
function segmentFrom(tokens: readonly Token[]): Omit<Segment, 'isLeft'> | undefined {
  let at = 0;
  while (isSign(tokens[at + 1], '.')) at += 2;
  const name = tokens[at];
  if (name?.kind !== 'name' && name?.kind !== 'word') return undefined;
  if (isWord(tokens[at + 1], 'as')) at += 1;
  const next = tokens[at + 1];
  const isAlias = next?.kind === 'name' || (next?.kind === 'word' && !NO_ALIAS.has(next.text));
  const on = tokens[isAlias ? at + 2 : at + 1];
  if (!isWord(on, 'on')) return undefined;
  const alias = (isAlias ? next : name).text.toLowerCase();
  return { alias, condition: withoutKind(tokens.slice(at + (isAlias ? 3 : 2))) };
}

/** Returns the tokens without the words at the end that belong to the next JOIN. */
function withoutKind(tokens: readonly Token[]): readonly Token[] {
  const end = tokens.findLastIndex(
    (token) => !isWord(token, 'left', 'right', 'full', 'inner', 'outer', 'cross', 'natural'),
  );
  return tokens.slice(0, end + 1);
}

/** Returns both sides of each `a.x = b.y` that must hold, if one side is a column of the alias and the other is not. */
export function equalsOf(alias: string, condition: readonly Token[]): ReadonlyMap<string, OtherColumn> {
  if (condition.some((token) => isWord(token, 'on'))) return new Map();
  return new Map(
    conjuncts(condition).flatMap((part): readonly [string, OtherColumn][] => {
      const [left, operator, ...after] = foldColumn(part);
      const [right, ...more] = foldColumn(after);
      if (left === undefined || right === undefined || operator?.text !== '=' || more.length > 0) return [];
      const [one, other] = [left.text.split('.'), right.text.split('.')];
      if (one.length !== 2 || other.length !== 2 || one[0] === other[0]) return [];
      const own = [one, other].find(([first]) => first === alias)?.[1];
      const [far = '', column = ''] = [one, other].find(([first]) => first !== alias) ?? [];
      return own === undefined ? [] : [[own, { alias: far, column }]];
    }),
  );
}

/** Returns the aliases, which are what stands before dots. */
export function aliasesIn(tokens: readonly Token[]): ReadonlySet<string> {
  const found = tokens.filter((_, at) => isSign(tokens[at + 1], '.'));
  return new Set(found.map(({ text }) => text.toLowerCase()));
}

/**
 * Whether every column has its alias before it. A function call, a column without an alias, and the number of a column
 * in ORDER BY may each refer to any table.
 */
export function isExplicit(tokens: readonly Token[]): boolean {
  const order = tokens.findIndex((token) => isWord(token, 'order'));
  return tokens.every((token, at) => {
    const before = tokens[at - 1];
    if (isSign(before, '.') || isSign(tokens[at + 1], '.')) return true;
    if (order !== -1 && at > order && (isWord(before, 'by') || isSign(before, ','))) return false;
    if (token.kind === 'name') return false;
    return token.kind !== 'word' || isKnown(token.text, before);
  });
}

/** Whether a word is a keyword at this place. In some databases, words such as DESC may also be columns. */
function isKnown(word: string, before: Token | undefined): boolean {
  const isOperand =
    before?.kind === 'word'
      ? BEFORE_OPERAND.has(before.text)
      : before?.kind === 'sign' && before.text !== ')';
  return isOperand ? IN_OPERAND.has(word) : BETWEEN_OPERANDS.has(word) || word === 'null';
}

function isDistinct(tokens: readonly Token[]): boolean {
  return tokens.some((token) => isWord(token, 'distinct'));
}
