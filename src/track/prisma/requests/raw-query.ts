/** A query that is written in SQL. */
export interface RawQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Reads the arguments of a raw query: text and values, `Prisma.sql`, or a typed query. `mark` writes a placeholder. */
export function rawQueryOf(args: unknown, mark: (index: number) => string): RawQuery {
  if (Array.isArray(args)) {
    const [sql, ...parameters] = args;
    return { sql: String(sql), parameters };
  }
  const { strings, sql, values } = args as {
    readonly strings?: readonly string[];
    readonly sql?: unknown;
    readonly values?: unknown;
  };
  const text = strings?.reduce((before, after, index) => `${before}${mark(index)}${after}`) ?? String(sql);
  return { sql: text, parameters: Array.isArray(values) ? values : [] };
}
