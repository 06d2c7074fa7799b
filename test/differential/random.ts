import { createHash } from 'node:crypto';

/** Makes reproducible choices: the same seed makes the same ones on every machine (sfc32). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter: number;

  constructor(seed: string) {
    const hash = createHash('sha256').update(seed).digest();
    this.#a = hash.readInt32LE(0);
    this.#b = hash.readInt32LE(4);
    this.#c = hash.readInt32LE(8);
    this.#counter = hash.readInt32LE(12);
  }

  /** Returns a whole number from 0 to below `limit`. */
  integer(limit: number): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + sum) | 0;
    return Math.floor(((sum >>> 0) / 2 ** 32) * limit);
  }

  chance(probability: number): boolean {
    return this.integer(1_000_000) < probability * 1_000_000;
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.integer(list.length)];
    if (picked === undefined) throw new Error('Expected a list to pick from, got an empty one');
    return picked;
  }

  /** Picks one of several things by their weights. */
  weighted<T>(choices: readonly (readonly [weight: number, thing: T])[]): T {
    let left = this.integer(choices.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, thing] of choices) {
      left -= weight;
      if (left < 0) return thing;
    }
    throw new Error('Expected weights to choose by, got none');
  }
}
