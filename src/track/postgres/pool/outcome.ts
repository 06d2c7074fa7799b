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
  return { commands, rows: results.length === 1 ? rowsOf(results[0]) : undefined };
}

/** Objects, whatever the row mode: of two columns with the same name an object has the last. */
function rowsOf({ rows = [], fields = [] }: PgResult = {}): unknown {
  const counts = new Map<string, number>();
  for (const { name } of fields) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (fields.length === counts.size && !rows.some(Array.isArray)) return rows;
  return rows.map((row) => {
    const isArray = Array.isArray(row);
    const own: readonly unknown[] = isArray ? row : [];
    const entries = fields.map(({ name }, index): [string, unknown] => [
      name,
      isArray ? own[index] : Reflect.get(row as object, name),
    ]);
    return Object.fromEntries(entries.filter(([name]) => counts.get(name) === 1));
  });
}

/** In capitals. */
export function firstWord(text: unknown): string {
  return typeof text === 'string' ? (text.split(' ')[0] ?? '').toUpperCase() : '';
}
