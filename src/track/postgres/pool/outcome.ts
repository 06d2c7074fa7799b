import { rowsOf } from '../../pool/rows.js';

/** What a query came to. */
export interface PgOutcome {
  /** The first word of each command tag; the server has carried these out. */
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

/** What pg's promise or callback gives for one statement, or for several. */
export function outcomeOf(value: unknown): PgOutcome {
  const results = [value].flat() as readonly (PgResult | undefined)[];
  const commands = results.map((result) => firstWord(result?.command));
  return { commands, rows: results.length === 1 ? rowsOf(results[0]?.rows, results[0]?.fields) : undefined };
}

/** In capitals. */
export function firstWord(text: unknown): string {
  return typeof text === 'string' ? (text.split(' ')[0] ?? '').toUpperCase() : '';
}
