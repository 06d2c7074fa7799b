import { describeSelector, type Selector } from '../page/selector.js';

/** What one deletion has come to. */
export interface DeletedNow {
  /** The kind of the selectors, or why the log had to be carried out. */
  readonly cause: DeletionCause;
  /** The first of the selectors, as people read them. */
  readonly named: readonly string[];
  readonly pages: number;
}

export type DeletionCause = Selector['kind'] | 'several' | 'carried-out' | 'unfinished';

/** The cause of a deletion by these. */
export function causeOf(selectors: readonly Selector[]): DeletionCause {
  const [kind = 'several', ...others] = new Set(selectors.map((selector) => selector.kind));
  return others.length === 0 ? kind : 'several';
}

/** The first few, as people read them. */
export function firstOf(selectors: readonly Selector[]): readonly string[] {
  return selectors.slice(0, 10).map(describeSelector);
}
