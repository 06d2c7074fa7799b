import type { Id } from '../tags.js';
import type { PrismaModels } from './models/models.js';
import type { PrismaRelation } from './models/relations.js';
import { isObject, objectOf } from './values.js';

/** Notes that a row was read by its key or, without one, a selection of rows. */
export type NoteRead = (entity: string, id?: Id) => void;

/** Reads what an operation reads of other models than its own. */
export class RelationReader {
  readonly #models: PrismaModels;
  readonly #read: NoteRead;

  constructor(models: PrismaModels, read: NoteRead) {
    this.#models = models;
    this.#read = read;
  }

  /** The relations in conditions and orders: each is a selection. */
  conditions(model: string, condition: unknown): void {
    if (Array.isArray(condition)) for (const one of condition) this.conditions(model, one);
    else
      for (const [name, value] of Object.entries(objectOf(condition))) {
        const relation = this.#models.relationOf(model, name);
        if (relation !== undefined) this.#selection(relation);
        this.conditions(relation?.model ?? model, value);
      }
  }

  /** The relations that `include` and `select` name, with the records that came with those `found`. */
  selections(model: string, args: unknown, found: readonly object[]): void {
    const { include, select } = objectOf(args);
    for (const [name, value] of [include, select].flatMap((one) => Object.entries(objectOf(one)))) {
      const isNamed = value !== undefined && value !== null && value !== false;
      if (!isNamed) continue;
      if (name === '_count') this.#counts(model, value);
      const relation = this.#models.relationOf(model, name);
      if (relation === undefined) continue;
      const children = this.#related(relation, name, found);
      for (const condition of ['where', 'orderBy'])
        this.conditions(relation.model, objectOf(value)[condition]);
      this.selections(relation.model, value, children);
    }
  }

  /** What records belong to is read by its rows, since the records name them; all else is a selection. */
  #related(relation: PrismaRelation, name: string, found: readonly object[]): readonly object[] {
    const children = found.flatMap((record): unknown[] => [Reflect.get(record, name)].flat());
    const records = children.filter(isObject);
    const ids = records.map((child) => this.#models.idOf(relation.model, child));
    const isComplete = ids.length === children.length && ids.length > 0;
    if (relation.isOwner && isComplete && !ids.includes(undefined))
      for (const id of ids) this.#read(relation.model, id);
    else this.#selection(relation);
    return records;
  }

  #counts(model: string, value: unknown): void {
    const { select } = objectOf(value);
    if (select === undefined)
      for (const relation of this.#models.relationsOf(model)) this.#selection(relation);
    else this.conditions(model, select);
  }

  #selection({ model, joinTable }: PrismaRelation): void {
    this.#read(model);
    if (joinTable !== undefined) this.#read(joinTable);
  }
}
