import type { StatementText } from '../statement.js';
import type { TableKeys, TableModels } from '../table-models.js';
import { planOfTable, type TablePlan } from './table-plan.js';

/** How to find what a query has read, whatever its parameters and its results. */
export interface ReadPlan {
  readonly tables: readonly TablePlan[];
  /** Whether it is one query over tables, so that a row of the results is a row of each table. */
  readonly isPlain: boolean;
  /** Whether each table has its own alias. Tables of two schemas may have the same name. */
  readonly areDistinct: boolean;
}

/**
 * The plans of texts. An app sends the same few texts again and again. So each plan is made once from the text and the
 * models, and made again if the models say something else.
 */
export class ReadPlans {
  readonly #models: TableModels;
  readonly #plans = new WeakMap<StatementText, ReadPlan>();

  constructor(models: TableModels) {
    this.#models = models;
  }

  of(text: StatementText): ReadPlan {
    const known = this.#plans.get(text);
    if (known !== undefined && this.#holds(known)) return known;
    const plan = planOf(text, this.#models);
    this.#plans.set(text, plan);
    return plan;
  }

  #holds({ tables }: ReadPlan): boolean {
    const { keysOf, listsOf, entityOf } = this.#models;
    return tables.every(
      ({ table, keys, columns, entity }) =>
        entityOf(table) === entity &&
        areSameKeys(keysOf(table), keys) &&
        areSame(listsOf?.(table) ?? [], columns),
    );
  }
}

function planOf(text: StatementText, models: TableModels): ReadPlan {
  const { reads, isPlain } = text;
  return {
    tables: reads.map((read) => planOfTable(text, read, models)),
    isPlain,
    areDistinct: new Set(reads.map(({ alias }) => alias)).size === reads.length,
  };
}

function areSameKeys(one: TableKeys | undefined, other: TableKeys | undefined): boolean {
  if (one === other) return true;
  if (one === undefined || other === undefined) return false;
  return (
    one.loose === other.loose &&
    areSame(one.primary, other.primary) &&
    one.uniques.length === other.uniques.length &&
    one.uniques.every((columns, at) => areSame(columns, other.uniques[at] ?? []))
  );
}

function areSame(one: readonly string[], other: readonly string[]): boolean {
  if (one === other) return true;
  return one.length === other.length && one.every((name, at) => name === other[at]);
}
