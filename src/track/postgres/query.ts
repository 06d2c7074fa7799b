import { AsyncResource } from 'node:async_hooks';

/** What pg's `query` was called with. */
export interface PgCall {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What a query came to. */
export interface PgOutcome {
  /** The first word of each command tag; the server has carried these out. */
  readonly commands: readonly string[];
  /** The rows of a single statement, without columns whose name is not unique. */
  readonly rows: unknown;
  readonly error?: unknown;
}

/** Sees what a query came to before its caller does, who waits for the promise. It never rejects. */
export type PgObserver = (outcome: PgOutcome) => Promise<void> | undefined;

export type PgRun = (given: readonly unknown[]) => unknown;

interface PgResult {
  readonly command?: string | null;
  readonly rows?: readonly unknown[];
  readonly fields?: readonly { readonly name: string }[];
}

/** A cursor or a stream: an object that sends itself, and is told what the server answers. */
interface Submittable {
  readonly text?: unknown;
  /** What a stream of rows is made of. */
  readonly cursor?: { readonly text?: unknown; readonly values?: unknown };
  handleCommandComplete?(message: { readonly text?: string }, connection: unknown): void;
  handleReadyForQuery?(connection: unknown): void;
  handleError?(error: unknown, connection: unknown): void;
}

type Callback = (error: unknown, result: unknown) => void;

/** Reads the arguments of `query`; undefined for what pg refuses. */
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

/** Runs a query, and has its outcome observed, in the async context of its caller, before the caller gets it. */
export function observe(run: PgRun, given: readonly unknown[], observer: PgObserver): unknown {
  const inContext = AsyncResource.bind(observer);
  const [config] = given;
  if (isSubmittable(config)) {
    observeSubmittable(config, inContext);
    return run(given);
  }
  const at = given.findLastIndex((one) => typeof one === 'function');
  if (at !== -1) return run(given.with(at, observed(given[at] as Callback, inContext)));
  const callback: unknown =
    typeof config === 'object' && config !== null ? Reflect.get(config, 'callback') : undefined;
  if (typeof callback === 'function') {
    const own: object = Object.create(config as object, {
      callback: { value: observed(callback as Callback, inContext), writable: true, enumerable: true },
    });
    return run([own, ...given.slice(1)]);
  }
  return observePromise(run(given), inContext);
}

/** The promise may be of a library that pg was told to use. */
function observePromise(result: unknown, observer: PgObserver): unknown {
  if (!isPromise(result)) return result;
  return result.then(
    async (value: unknown) => {
      await observer(outcomeOf(value));
      return value;
    },
    async (error: unknown) => {
      await observer({ commands: [], rows: undefined, error });
      throw error;
    },
  );
}

/** Called in the async context of its caller, which a pool does not keep: what it goes on to read is that page's. */
function observed(callback: Callback, observer: PgObserver): Callback {
  return AsyncResource.bind((error: unknown, result: unknown) => {
    const isError = error !== undefined && error !== null;
    const done = observer(isError ? { commands: [], rows: undefined, error } : outcomeOf(result));
    if (done === undefined) callback(error, result);
    // In a turn of its own, so that what the callback throws is thrown, and rejects no promise of ours.
    else void done.then(() => process.nextTick(callback, error, result));
  });
}

/** A stream cannot be made to wait, so its end may be seen a moment before the pages are deleted. */
function observeSubmittable(submittable: Submittable, observer: PgObserver): void {
  const commands: string[] = [];
  let failure: { readonly error?: unknown } = {};
  const before = (method: keyof Submittable, note: (first: unknown) => void) => {
    const original: unknown = submittable[method];
    if (typeof original !== 'function') return;
    Reflect.set(submittable, method, (...given: readonly unknown[]) => {
      note(given[0]);
      return Reflect.apply(original, submittable, given);
    });
  };
  before('handleCommandComplete', (message) => {
    const text: unknown = typeof message === 'object' && message !== null ? Reflect.get(message, 'text') : '';
    commands.push(firstWord(text));
  });
  before('handleError', (error) => {
    failure = { error };
    void observer({ commands, rows: undefined, error });
  });
  before('handleReadyForQuery', () => {
    if (failure.error === undefined) void observer({ commands, rows: undefined });
  });
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'then') === 'function';
}

export function isSubmittable(config: unknown): config is Submittable & object {
  return typeof config === 'object' && config !== null && typeof Reflect.get(config, 'submit') === 'function';
}

function outcomeOf(value: unknown): PgOutcome {
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

function firstWord(text: unknown): string {
  return typeof text === 'string' ? (text.split(' ')[0] ?? '').toUpperCase() : '';
}
