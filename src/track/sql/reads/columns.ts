import type { StatementText } from '../statement.js';
import type { Operand } from '../syntax/conditions.js';
import type { TableKeys } from '../table-models.js';

/** Returns the column of the key; `undefined` for a composite key, which is not read from results. */
export function keyColumn(keys: TableKeys | undefined): string | undefined {
  return keys?.primary.length === 1 ? keys.primary[0] : undefined;
}

/** Returns the name of a column in the results, if it is known. */
export function columnName(
  { reads, selected }: Pick<StatementText, 'reads' | 'selected'>,
  alias: string,
  column: string,
): string | undefined {
  const known = selected.names.get(`${alias}.${column}`);
  if (known !== undefined || reads.length !== 1) return known;
  const isStarred = selected.besideStar?.has(column) === false;
  return isStarred ? column : selected.names.get(column);
}

/** Returns the operands that the condition compares a column with. The column must equal one of them. */
export function operandsOf(
  { comparisons, reads }: Pick<StatementText, 'comparisons' | 'reads'>,
  alias: string,
  column: string,
): readonly Operand[] | undefined {
  return comparisons.get(`${alias}.${column}`) ?? (reads.length === 1 ? comparisons.get(column) : undefined);
}
