/** Whether the suites are run at length: `npm run test:long`. */
export const isLong = process.env.STATICGENERATOR_LONG === '1';

/**
 * How much of something a test tries: seeds, steps, kinds of error. In `npm test` enough to notice what is broken, at
 * length all there is.
 */
export function effort<T>({ usual, long }: { readonly usual: T; readonly long: T }): T {
  return isLong ? long : usual;
}

/** The same, or what the environment says, to replay or to search for longer. */
export function effortFrom(name: string, amounts: { readonly usual: number; readonly long: number }): number {
  return numberFrom(name, effort(amounts));
}

/**
 * Every n-th of some cases, `n` as in {@link effortFrom}, from another one at each call: several that try the same orders
 * try all of them together.
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

/** A number from the environment. */
export function numberFrom(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!Number.isSafeInteger(value)) throw new Error(`Expected ${name} to be a whole number`);
  return value;
}
