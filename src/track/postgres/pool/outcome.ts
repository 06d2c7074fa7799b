import { rowsOf } from '../../pool/rows.js';

/** The outcome of a query. */
export interface PgOutcome {
  /** The first word of each command tag. The server has carried out these commands. */
  readonly commands: readonly string[];
  /** The rows of a single statement, without columns whose name is not unique. */
  readonly rows: unknown;
  readonly error?: unknown;
}

interface PgResult {
  readonly command?: string | null;
  readonly rows?: readonly unknown[];
  readonly fields?: readonly { readonly name: string }[];
}

/** Returns the outcome from what pg's promise or callback gives, for one statement or several. */
export function outcomeOf(value: unknown): PgOutcome {
  const results = [value].flat() as readonly (PgResult | undefined)[];
  const commands = results.map((result) => firstWord(result?.command));
  return { commands, rows: results.length === 1 ? rowsOf(results[0]?.rows, results[0]?.fields) : undefined };
}

/** Returns the first word of a text, in capitals. */
export function firstWord(text: unknown): string {
  return typeof text === 'string' ? (text.split(' ')[0] ?? '').toUpperCase() : '';
}
