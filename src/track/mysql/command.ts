import { AsyncResource } from 'node:async_hooks';
import { errorMonitor } from 'node:events';
import { rowsOf } from '../pool/rows.js';

/** A command of mysql2 on its way to the server: a query, or the execution of a prepared statement. */
export interface MysqlCommand {
  readonly sql?: unknown;
  /** The prepared statement, if this executes one. */
  readonly statement?: { readonly query?: unknown };
  readonly values?: unknown;
  readonly options?: { readonly nestTables?: unknown };
  onResult?: Callback | undefined;
  on(event: string | symbol, listener: (...given: readonly unknown[]) => void): unknown;
}

type Callback = (error: unknown, results: unknown, fields: unknown) => void;

/** The statement of a command. */
export interface MysqlCall {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The server's answer to a statement that returns no rows. */
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

/** Gets the outcome of a command before its caller does. The caller waits for the promise, which never rejects. */
export type MysqlObserver = (outcome: MysqlOutcome) => Promise<void> | undefined;

/** Returns the statement of a command; `undefined` if the command is neither a query nor an execution. */
export function readCall(command: MysqlCommand): MysqlCall | undefined {
  const text = command.sql ?? command.statement?.query;
  if (typeof text !== 'string') return undefined;
  // At this point, a query has its values in its text.
  const isPrepared = 'statement' in command;
  return { text, values: isPrepared && Array.isArray(command.values) ? command.values : [] };
}

/** Whether a command only makes the server prepare a statement. */
export function isPreparation(command: object): boolean {
  return 'query' in command;
}

/** Whether a command is a stream, or emits events, so that no callback can wait. */
export function isStream({ onResult }: MysqlCommand): boolean {
  return typeof onResult !== 'function';
}

/** Has the outcome observed, and the callback called, in the async context of the caller, not of the connection. */
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
    // In a turn of its own, so that an error of the callback is thrown, and does not reject our promise.
    else void done.then(() => process.nextTick(callback, error, results, fields));
  });
}

/** Observes a stream. It cannot wait, so its end may be seen a moment before the pages are deleted. */
function observeEvents(command: MysqlCommand, observer: MysqlObserver): void {
  const headers: MysqlHeader[] = [];
  let failure: { readonly error?: unknown } = {};
  command.on('result', (result) => {
    if (isHeader(result)) headers.push(result);
  });
  // A listener for `error` itself would keep an error without other listeners from being thrown.
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
