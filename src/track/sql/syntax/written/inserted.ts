import { type Comparisons, type Operand, operandOrNull } from '../conditions.js';
import { depthsOf, split } from '../parentheses.js';
import { isComma, isSign, isWord, type Token } from '../tokens.js';

/**
 * Returns the values that all rows of an `INSERT INTO t (a, b) VALUES (1, 2), (3, 4)` give to each column. Leaves out
 * columns for which a row has an expression. Question marks must be numbered.
 */
export function insertedValues(tokens: readonly Token[]): Comparisons {
  if (!isWord(tokens[0], 'insert')) return new Map();
  const open = tokens.findIndex((token) => isSign(token, '('));
  const values = tokens.findIndex((token) => isWord(token, 'values'));
  if (open === -1 || values === -1 || values < open || !isSign(tokens[values - 1], ')')) return new Map();
  const columns = split(tokens.slice(open + 1, values - 1), isComma).map(nameIn);
  const rows = rowsIn(tokens.slice(values + 1));
  if (rows.length === 0 || rows.some((row) => row.length !== columns.length)) return new Map();
  return new Map(
    columns.flatMap((column, at): readonly [string, readonly Operand[]][] => {
      const operands = rows.map((row) => operandOrNull(row[at] ?? []));
      const isKnown = column !== undefined && operands.every((operand) => operand !== undefined);
      return isKnown ? [[column, operands]] : [];
    }),
  );
}

/** Returns the values of each row. Each row is in parentheses, with a comma between two rows. */
function rowsIn(tokens: readonly Token[]): readonly (readonly (readonly Token[])[])[] {
  const depths = depthsOf(tokens);
  const rows: (readonly (readonly Token[])[])[] = [];
  for (let at = 0; isSign(tokens[at], '('); ) {
    const end = tokens.findIndex((token, index) => index > at && depths[index] === 0 && isSign(token, ')'));
    if (end === -1) return [];
    rows.push(split(tokens.slice(at + 1, end), isComma));
    if (!isSign(tokens[end + 1], ',')) return rows;
    at = end + 2;
  }
  return [];
}

function nameIn([name, ...more]: readonly Token[]): string | undefined {
  const isName = (name?.kind === 'name' || name?.kind === 'word') && more.length === 0;
  return isName ? name.text.toLowerCase() : undefined;
}
