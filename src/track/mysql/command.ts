import { AsyncResource } from 'node:async_hooks';
import { errorMonitor } from 'node:events';
import { rowsOf } from '../pool/rows.js';

/** A command of mysql2 on its way to the server: a query, or a prepared statement that is executed. */
export interface MysqlCommand {
  readonly sql?: unknown;
  /** Of a prepared statement. */
  readonly statement?: { readonly query?: unknown };
  readonly values?: unknown;
  readonly options?: { readonly nestTables?: unknown };
  onResult?: Callback | undefined;
  on(event: string | symbol, listener: (...given: readonly unknown[]) => void): unknown;
}

type Callback = (error: unknown, results: unknown, fields: unknown) => void;

/** What a command says. */
export interface MysqlCall {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What the server answers to a statement that gives no rows. */
export interface MysqlHeader {
  readonly serverStatus: number;
  readonly warningStatus?: number;
}

export interface MysqlOutcome {
  readonly headers: readonly MysqlHeader[];
  /** The rows of a single statement. */
  readonly rows: unknown;
  readonly error?: unknown;
}

/** Sees what a command came to before its caller does, who waits for the promise. It never rejects. */
export type MysqlObserver = (outcome: MysqlOutcome) => Promise<void> | undefined;

/** Undefined for commands that are neither. */
export function readCall(command: MysqlCommand): MysqlCall | undefined {
  const text = command.sql ?? command.statement?.query;
  if (typeof text !== 'string') return undefined;
  // A query has its values in its text by now.
  const isPrepared = 'statement' in command;
  return { text, values: isPrepared && Array.isArray(command.values) ? command.values : [] };
}

/** Whether it only has the server read a statement. */
export function isPreparation(command: object): boolean {
  return 'query' in command;
}

/** Whether it is a stream, or its events are listened to: there is no callback to wait. */
export function isStream({ onResult }: MysqlCommand): boolean {
  return typeof onResult !== 'function';
}

/** Has the outcome observed in the async context of the caller, and him called in it: a connection has another. */
export function observe(command: MysqlCommand, observer: MysqlObserver): void {
  const inContext = AsyncResource.bind(observer);
  const callback = command.onResult;
  if (typeof callback !== 'function') {
    observeEvents(command, inContext);
    return;
  }
  command.onResult = AsyncResource.bind((error: unknown, results: unknown, fields: unknown) => {
    const isError = error !== undefined && error !== null;
    const done = inContext(
      isError ? { headers: [], rows: undefined, error } : outcomeOf(command, results, fields),
    );
    if (done === undefined) callback(error, results, fields);
    // In a turn of its own, so that what the callback throws is thrown, and rejects no promise of ours.
    else void done.then(() => process.nextTick(callback, error, results, fields));
  });
}

/** A stream cannot be made to wait, so its end may be seen a moment before the pages are deleted. */
function observeEvents(command: MysqlCommand, observer: MysqlObserver): void {
  const headers: MysqlHeader[] = [];
  let failure: { readonly error?: unknown } = {};
  command.on('result', (result) => {
    if (isHeader(result)) headers.push(result);
  });
  // To listen to `error` itself would keep an error from being thrown that nobody listens to.
  command.on(errorMonitor, (error) => {
    failure = { error };
  });
  command.on('end', () => void observer({ headers, rows: undefined, ...failure }));
}

function outcomeOf(command: MysqlCommand, results: unknown, fields: unknown): MysqlOutcome {
  const isMany = Array.isArray(fields) && fields.every((one) => one === undefined || Array.isArray(one));
  const headers = (isMany ? (results as readonly unknown[]) : [results]).filter(isHeader);
  const isRows = !isMany && Array.isArray(results) && !command.options?.nestTables;
  return { headers, rows: isRows ? rowsOf(results, fields as { name: string }[]) : undefined };
}

function isHeader(result: unknown): result is MysqlHeader {
  return (
    typeof result === 'object' && result !== null && typeof Reflect.get(result, 'serverStatus') === 'number'
  );
}
