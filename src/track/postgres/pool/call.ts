/** The query that pg's `query` was called with. */
export interface PgCall {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A cursor or a stream: an object that sends itself, and gets the server's answers. */
export interface Submittable {
  readonly text?: unknown;
  /** The cursor on which a stream of rows is based. */
  readonly cursor?: { readonly text?: unknown; readonly values?: unknown };
  handleCommandComplete?(message: { readonly text?: string }, connection: unknown): void;
  handleReadyForQuery?(connection: unknown): void;
  handleError?(error: unknown, connection: unknown): void;
}

/** Reads the arguments of `query`; `undefined` if pg refuses them. */
export function readCall(given: readonly unknown[], named: ReadonlyMap<string, string>): PgCall | undefined {
  const [config, values] = given;
  if (typeof config === 'string') return { text: config, values: Array.isArray(values) ? values : [] };
  if (typeof config !== 'object' || config === null) return undefined;
  if (isSubmittable(config) && config.text === undefined && typeof config.cursor === 'object')
    return readCall([config.cursor], named);
  const own: unknown = Reflect.get(config, 'text') ?? named.get(String(Reflect.get(config, 'name')));
  const bound: unknown = Array.isArray(values) ? values : Reflect.get(config, 'values');
  return { text: typeof own === 'string' ? own : '', values: Array.isArray(bound) ? bound : [] };
}

export function isSubmittable(config: unknown): config is Submittable & object {
  return typeof config === 'object' && config !== null && typeof Reflect.get(config, 'submit') === 'function';
}
