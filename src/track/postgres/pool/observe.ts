import { AsyncResource } from 'node:async_hooks';
import { isSubmittable, type Submittable } from './call.js';
import { firstWord, outcomeOf, type PgOutcome } from './outcome.js';

/** Gets the outcome of a query before its caller does. The caller waits for the promise, which never rejects. */
export type PgObserver = (outcome: PgOutcome) => Promise<void> | undefined;

export type PgRun = (given: readonly unknown[]) => unknown;

type Callback = (error: unknown, result: unknown) => void;

/** Runs a query. Its outcome is observed in the async context of the caller, and before the caller gets it. */
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

/** Observes a promise, which may come from a library that pg was configured with. */
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

/** Makes a callback run in the async context of its caller, which a pool does not keep, so that reads count there. */
function observed(callback: Callback, observer: PgObserver): Callback {
  return AsyncResource.bind((error: unknown, result: unknown) => {
    const isError = error !== undefined && error !== null;
    const done = observer(isError ? { commands: [], rows: undefined, error } : outcomeOf(result));
    if (done === undefined) callback(error, result);
    // In a turn of its own, so that an error of the callback is thrown, and does not reject our promise.
    else void done.then(() => process.nextTick(callback, error, result));
  });
}

/** Observes a stream. It cannot wait, so its end may be seen a moment before the pages are deleted. */
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
