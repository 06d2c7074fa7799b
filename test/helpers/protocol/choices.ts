import type { Choose } from './scheduler.js';

/** Repeatable random numbers (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  chance(probability: number): boolean {
    return this.below(1_000_000) < probability * 1_000_000;
  }

  one<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }

  some<T>(choices: readonly T[], probability: number): readonly T[] {
    return choices.filter(() => this.chance(probability));
  }
}

/** Makes the given choices, and afterwards always the first one. Records each choice and the number of options. */
export class ChosenPath {
  readonly #wanted: readonly number[];
  readonly made: { readonly chosen: number; readonly among: number }[] = [];

  constructor(wanted: readonly number[]) {
    this.#wanted = wanted;
  }

  readonly choose: Choose = ({ length: among }) => {
    const chosen = this.#wanted[this.made.length] ?? 0;
    this.made.push({ chosen, among });
    return chosen;
  };

  /** Returns the path after this one in depth-first order, or undefined after the last one. */
  next(): readonly number[] | undefined {
    const path = [...this.made];
    for (let last = path.pop(); last !== undefined; last = path.pop()) {
      if (last.chosen + 1 < last.among) return [...path.map(({ chosen }) => chosen), last.chosen + 1];
    }
    return undefined;
  }
}

/** Runs every path of choices, one after the other. Returns their number. */
export async function explore(run: (path: ChosenPath) => Promise<void>): Promise<number> {
  let count = 0;
  for (let wanted: readonly number[] | undefined = []; wanted !== undefined; count += 1) {
    const path: ChosenPath = new ChosenPath(wanted);
    await run(path);
    wanted = path.next();
  }
  return count;
}
