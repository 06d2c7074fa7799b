import type { Line } from '../../pool/line.js';
import { isSubmittable } from './call.js';
import type { PgRun } from './observe.js';

/** Runs queries in the order of a line. */
export function behind(line: Line, run: PgRun): PgRun {
  return (given) => {
    if (!line.isWaiting) return run(given);
    const sent = line.send(() => run(given));
    // As pg does, it gives a promise only if there is nobody else to tell.
    if (isSubmittable(given[0])) return told(sent, given[0]);
    return hasCallback(given) ? told(sent, undefined) : sent;
  };
}

/** What pg throws, it would have thrown here; nobody could catch it now. */
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
