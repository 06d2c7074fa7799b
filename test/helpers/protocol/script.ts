import { type Decide, Scheduler, type Step } from './scheduler.js';

/** Yields every order in which several actors can make their steps. Each actor makes its own steps in order. */
export function* interleavings(...sequences: readonly (readonly string[])[]): Generator<readonly string[]> {
  if (sequences.every(({ length }) => length === 0)) yield [];
  for (const [index, [first, ...rest]] of sequences.entries()) {
    if (first === undefined) continue;
    for (const others of interleavings(...sequences.with(index, rest))) yield [first, ...others];
  }
}

/** Returns `name: step` for each step. */
export function stepsOf(actor: string, ...steps: readonly string[]): readonly string[] {
  return steps.map((step) => `${actor}: ${step}`);
}

/**
 * Makes the steps in the order of a script. A step that is not in the script, such as background work or a repetition,
 * is made at once. Throws if the script cannot be followed.
 */
export function following(script: readonly string[]): Decide {
  const left = [...script];
  return (waiting) => {
    const next = waiting.findIndex((step) => nameOf(step) === left[0]);
    const unknown = waiting.findIndex((step) => !left.includes(nameOf(step)));
    if (unknown !== -1) return unknown;
    if (next === -1)
      throw new Error(`Expected ${left[0]} to be the next step, got ${waiting.map(nameOf).join(' or ')}`);
    left.shift();
    return next;
  };
}

function nameOf({ actor, name }: Step): string {
  return `${actor}: ${name}`;
}

/** Returns a scheduler that stops only at steps whose order may make a difference. */
export function schedulerOfTransactions(): Scheduler {
  return new Scheduler({ passing: ['temporary file'] });
}
