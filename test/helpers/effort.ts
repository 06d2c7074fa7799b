/** Whether the suites run at length: `npm run test:long`. */
export const isLong = process.env.STATICGENERATOR_LONG === '1';

/**
 * Returns how much of something a test tries: seeds, steps, kinds of error. `npm test` tries enough to notice what is
 * broken; a long run tries everything.
 */
export function effort<T>({ usual, long }: { readonly usual: T; readonly long: T }): T {
  return isLong ? long : usual;
}

/** Returns the same, or the number in an environment variable, to replay a run or to search for longer. */
export function effortFrom(name: string, amounts: { readonly usual: number; readonly long: number }): number {
  return numberFrom(name, effort(amounts));
}

/**
 * Yields every n-th case, `n` as in {@link effortFrom}. Each call starts at another case, so that several tests with
 * the same cases together try all of them.
 */
export class Thinner {
  readonly #every: number;
  #calls = 0;

  constructor(name: string, every: { readonly usual: number; readonly long: number }) {
    this.#every = effortFrom(name, every);
  }

  *thin<T>(all: Iterable<T>): Generator<T> {
    let index = this.#calls;
    this.#calls += 1;
    for (const one of all) {
      if (index % this.#every === 0) yield one;
      index += 1;
    }
  }
}

/** Returns a number from the environment. */
export function numberFrom(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isSafeInteger(value)) throw new Error(`Expected ${name} to be a whole number`);
  return value;
}
