import type { Token } from './tokens.js';

/** The values that columns are compared with, by `alias.column` or `column`, in lower case. */
export type Conditions = ReadonlyMap<string, readonly unknown[]>;

const AFTER_CONDITION = new Set([
  'returning',
  'order',
  'limit',
  'group',
  'having',
  'offset',
  'for',
  'union',
  'except',
  'intersect',
  'window',
  'fetch',
]);
const AFTER_ON = new Set([
  ...AFTER_CONDITION,
  'where',
  'join',
  'left',
  'inner',
  'cross',
  'right',
  'full',
  'natural',
]);
/** With these in it, AND does not always separate conditions. */
const INTRICATE = new Set(['or', 'between', 'case', 'xor']);

/** A value in SQL: as it is written, or the parameter of this index. */
type Operand = { readonly value: string } | { readonly parameter: number };

/** What columns are compared with, as a text says it, whatever the values of its parameters. */
export type Comparisons = ReadonlyMap<string, readonly Operand[]>;

export function conditionsOf(comparisons: Comparisons, parameters: readonly unknown[]): Conditions {
  const value = (operand: Operand) => ('value' in operand ? operand.value : parameters[operand.parameter]);
  return new Map([...comparisons].map(([column, operands]) => [column, operands.map(value)]));
}

/** The conditions of the outermost WHERE that each row has to meet. */
export function comparisonsIn(tokens: readonly Token[]): Comparisons {
  const numbered = numberParameters(tokens);
  const start = indexAtDepth(numbered, 0, (word) => word === 'where');
  if (start === -1) return new Map();
  const end = indexAtDepth(numbered, start + 1, (word) => AFTER_CONDITION.has(word));
  const where = numbered
    .slice(start + 1, end === -1 ? undefined : end)
    .filter(({ text, kind }) => kind !== 'sign' || text !== ';');
  const found = new Map<string, readonly Operand[]>();
  for (const part of conjuncts(where)) {
    const [column, operator, ...rest] = foldColumn(part);
    if (column === undefined || operator === undefined) continue;
    const operands = operandsIn(operator, rest);
    if (operands !== undefined) found.set(column.text, operands);
  }
  return found;
}

/** For each joined table, those of its columns that are compared with a column of another. */
export function joinColumnsIn(tokens: readonly Token[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'word' || token.text !== 'on') continue;
    const end = indexAtDepth(tokens, index + 1, (word) => AFTER_ON.has(word));
    const condition = tokens.slice(index + 1, end === -1 ? undefined : end);
    for (const name of conjuncts(condition).flatMap(comparedColumns)) {
      const [alias = '', column] = name.split('.');
      if (column !== undefined) found.set(alias, (found.get(alias) ?? new Set()).add(column));
    }
  }
  return found;
}

/** Both sides of `a.x = b.y`. */
function comparedColumns(condition: readonly Token[]): readonly string[] {
  const [left, operator, ...rest] = foldColumn(condition);
  const [right, ...more] = foldColumn(rest);
  if (left === undefined || operator?.text !== '=' || right === undefined || more.length > 0) return [];
  return [left.text, right.text];
}

/** What the columns of the results are. */
export interface Selected {
  /** What `alias.column`, or `column` where it is written so, is called in the results, if it alone is called so. */
  readonly names: ReadonlyMap<string, string>;
  /** Where a star selects columns: what others beside it may be called. */
  readonly besideStar?: ReadonlySet<string>;
}

/** Of columns of one name a row keeps only the last, and what a star selects may have any name. */
export function selectedIn(tokens: readonly Token[]): Selected {
  const items = split(tokens, (token) => token.kind === 'sign' && token.text === ',').map(withoutSelect);
  const named = items.map((item) => ({ column: columnOf(item), names: possibleNames(item) }));
  const times = new Map<string, number>();
  for (const name of named.flatMap(({ names }) => names))
    times.set(name.toLowerCase(), (times.get(name.toLowerCase()) ?? 0) + 1);
  if (items.some((item) => item.at(-1)?.text === '*'))
    return { names: new Map(), besideStar: new Set(times.keys()) };
  return {
    names: new Map(
      named.flatMap(({ column, names: [name = ''] }) =>
        column === undefined || times.get(name.toLowerCase()) !== 1 ? [] : [[column, name]],
      ),
    ),
  };
}

/** Of a column, its name; of an expression, any word in it. A star has none. */
function possibleNames(item: readonly Token[]): readonly string[] {
  const last = item.at(-1);
  if (last?.text === '*') return [];
  if (columnOf(item) !== undefined) return [last?.text ?? ''];
  return item
    .filter(({ kind }) => kind === 'word' || kind === 'name' || kind === 'text')
    .map(({ text }) => text);
}

function withoutSelect(item: readonly Token[]): readonly Token[] {
  const start = item.findIndex(
    ({ kind, text }) => kind !== 'word' || !['select', 'distinct', 'all'].includes(text),
  );
  return start === -1 ? [] : item.slice(start);
}

/** The column that an item is, if it is nothing else: `alias.column` or `column`, and perhaps `AS name` or `name`. */
function columnOf(item: readonly Token[]): string | undefined {
  const [column, ...rest] = foldColumn(item);
  if (column === undefined) return undefined;
  const hasAs = rest[0]?.kind === 'word' && rest[0].text === 'as';
  const isNamed = rest.length === (hasAs ? 2 : 1) && rest.at(-1)?.kind !== 'sign';
  return rest.length === 0 || isNamed ? column.text : undefined;
}

/** The columns that an UPDATE sets. */
export function setColumnsIn(tokens: readonly Token[]): readonly string[] | undefined {
  const start = indexAtDepth(tokens, 0, (word) => word === 'set');
  if (start === -1) return undefined;
  const end = indexAtDepth(tokens, start + 1, (word) => ['where', 'from', 'returning'].includes(word));
  const columns: string[] = [];
  for (const part of split(
    tokens.slice(start + 1, end === -1 ? undefined : end),
    (token) => token.text === ',' && token.kind === 'sign',
  )) {
    const at = part.findIndex(({ text, kind }) => kind === 'sign' && text === '=');
    const column = part[at - 1];
    if (column === undefined || column.text === ')') return undefined;
    columns.push(column.text.toLowerCase());
  }
  return columns;
}

/** Question marks get their number, so that a part of the tokens still knows which parameter it means. */
function numberParameters(tokens: readonly Token[]): readonly Token[] {
  let count = 0;
  return tokens.map((token) => {
    if (token.kind !== 'parameter' || token.text !== '?') return token;
    count += 1;
    return { ...token, text: `?${count}` };
  });
}

/** Conditions that all have to hold; none if that is not certain. */
function conjuncts(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const bare = withoutParentheses(tokens);
  const depths = depthsOf(bare);
  const isIntricate = bare.some(
    (token, index) => depths[index] === 0 && token.kind === 'word' && INTRICATE.has(token.text),
  );
  if (isIntricate) return [];
  const parts = split(bare, (token) => token.kind === 'word' && token.text === 'and');
  return parts.length === 1
    ? parts
    : parts.flatMap((part) => (part[0]?.text === '(' ? conjuncts(part) : [part]));
}

function withoutParentheses(tokens: readonly Token[]): readonly Token[] {
  if (tokens[0]?.text !== '(' || tokens.at(-1)?.text !== ')') return tokens;
  const isWhole = depthsOf(tokens)
    .slice(1, -1)
    .every((depth) => depth > 0);
  return isWhole ? withoutParentheses(tokens.slice(1, -1)) : tokens;
}

/** Makes one token of a column and the alias before it. */
function foldColumn(tokens: readonly Token[]): readonly Token[] {
  const [first, dot, column, ...rest] = tokens;
  if (first?.kind !== 'name' && first?.kind !== 'word') return [];
  if (dot?.text !== '.') return [{ ...first, text: first.text.toLowerCase() }, ...tokens.slice(1)];
  if (rest[0]?.text === '.') return foldColumn(tokens.slice(2)); // the schema
  return [{ ...first, text: `${first.text}.${column?.text ?? ''}`.toLowerCase() }, ...rest];
}

function operandsIn(operator: Token, tokens: readonly Token[]): readonly Operand[] | undefined {
  const isIn =
    operator.kind === 'word' &&
    operator.text === 'in' &&
    tokens[0]?.text === '(' &&
    tokens.at(-1)?.text === ')';
  const listed = isIn
    ? split(tokens.slice(1, -1), ({ text, kind }) => kind === 'sign' && text === ',')
    : [tokens];
  if (!isIn && operator.text !== '=') return undefined;
  const operands: Operand[] = [];
  for (const [token, ...more] of listed) {
    const cast = more[0]?.text === '::' && more.length === 2;
    if (token === undefined || (more.length > 0 && !cast)) return undefined;
    if (token.kind === 'parameter') operands.push({ parameter: Number(token.text.slice(1)) - 1 });
    else if (token.kind === 'number' || token.kind === 'text') operands.push({ value: token.text });
    else return undefined;
  }
  return operands;
}

function split(
  tokens: readonly Token[],
  isBetween: (token: Token) => boolean,
): readonly (readonly Token[])[] {
  const depths = depthsOf(tokens);
  const parts: Token[][] = [[]];
  for (const [index, token] of tokens.entries()) {
    if (depths[index] === 0 && isBetween(token)) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** How many parentheses each token is in; those of the outermost level are in none. */
function depthsOf(tokens: readonly Token[]): readonly number[] {
  let depth = 0;
  return tokens.map(({ kind, text }) => {
    if (kind === 'sign' && text === ')') depth -= 1;
    const own = depth;
    if (kind === 'sign' && text === '(') depth += 1;
    return own;
  });
}

/** The first word from `start` on that fits and is in no parentheses that begin after `start`. */
function indexAtDepth(tokens: readonly Token[], start: number, fits: (word: string) => boolean): number {
  const depths = depthsOf(tokens.slice(start));
  return tokens.findIndex(
    (token, index) =>
      index >= start && token.kind === 'word' && (depths[index - start] ?? 1) <= 0 && fits(token.text),
  );
}
