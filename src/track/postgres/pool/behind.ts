import type { Line } from '../../pool/line.js';
import { isSubmittable } from './call.js';
import type { PgRun } from './observe.js';

/** Returns a function that runs queries in the order of a line. */
export function behind(line: Line, run: PgRun): PgRun {
  return (given) => {
    if (!line.isWaiting) return run(given);
    const sent = line.send(() => run(given));
    // Like pg, it returns a promise only if no callback or submittable gets the result.
    if (isSubmittable(given[0])) return told(sent, given[0]);
    return hasCallback(given) ? told(sent, undefined) : sent;
  };
}

/** Throws an error of pg, in a turn of its own: the call that pg would have thrown it from has returned. */
function told<T>(sent: Promise<unknown>, result: T): T {
  sent.catch((error: unknown) =>
    process.nextTick(() => {
      throw error;
    }),
  );
  return result;
}

function hasCallback(given: readonly unknown[]): boolean {
  const [config] = given;
  const own: unknown =
    typeof config === 'object' && config !== null ? Reflect.get(config, 'callback') : undefined;
  return typeof own === 'function' || given.some((one) => typeof one === 'function');
}
