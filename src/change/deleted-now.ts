import { describeSelector, type Selector } from '../page/selector.js';

/** The result of one deletion. */
export interface DeletedNow {
  /** The kind of the selectors, or why entries of the log had to be carried out. */
  readonly cause: DeletionCause;
  /** The first of the selectors, as text for people. */
  readonly named: readonly string[];
  readonly pages: number;
}

export type DeletionCause = Selector['kind'] | 'several' | 'carried-out' | 'unfinished';

/** Returns the cause of a deletion by these selectors. */
export function causeOf(selectors: readonly Selector[]): DeletionCause {
  const [kind = 'several', ...others] = new Set(selectors.map((selector) => selector.kind));
  return others.length === 0 ? kind : 'several';
}

/** Returns the first few selectors as text for people. */
export function firstOf(selectors: readonly Selector[]): readonly string[] {
  return selectors.slice(0, 10).map(describeSelector);
}
