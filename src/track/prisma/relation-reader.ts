import type { ListRead } from '../list-tags.js';
import { isJoinedByOne } from '../sql/loose-keys.js';
import type { Id } from '../tags.js';
import type { Tracker } from '../tracker.js';
import { isCut, keysOf, toldKeysOf } from './lists.js';
import type { PrismaModels } from './models/models.js';
import type { PrismaRelation } from './models/relations.js';
import { isObject, objectOf } from './values.js';

/** The part of the tracker that notes reads. */
export type NoteReads = Pick<Tracker, 'read' | 'readList'>;

/** A relation that is included in the records of a model, with the arguments of the include. */
interface Included {
  readonly model: string;
  readonly name: string;
  readonly value: unknown;
  readonly relation: PrismaRelation;
}

/** Reports what an operation reads of models other than its own. */
export class RelationReader {
  readonly #models: PrismaModels;
  readonly #tracker: NoteReads;

  constructor(models: PrismaModels, tracker: NoteReads) {
    this.#models = models;
    this.#tracker = tracker;
  }

  /** Reports the relations in conditions and orders; each is a selection. */
  conditions(model: string, condition: unknown): void {
    if (Array.isArray(condition)) for (const one of condition) this.conditions(model, one);
    else
      for (const [name, value] of Object.entries(objectOf(condition))) {
        const relation = this.#models.relationOf(model, name);
        if (relation !== undefined) this.#selection(relation);
        this.conditions(relation?.model ?? model, value);
      }
  }

  /** Reports the relations that `include` and `select` name, with the records that came with those `found`. */
  selections(model: string, args: unknown, found: readonly object[]): void {
    const { include, select } = objectOf(args);
    for (const [name, value] of [include, select].flatMap((one) => Object.entries(objectOf(one)))) {
      const isNamed = value !== undefined && value !== null && value !== false;
      if (!isNamed) continue;
      if (name === '_count') this.#counts(model, value);
      const relation = this.#models.relationOf(model, name);
      if (relation === undefined) continue;
      const children = this.#related({ model, name, value, relation }, found);
      for (const condition of ['where', 'orderBy'])
        this.conditions(relation.model, objectOf(value)[condition]);
      this.selections(relation.model, value, children);
    }
  }

  /** Reports a relation: by its rows, if the records refer to them; as a list, if its rows refer to the records. */
  #related({ model, name, value, relation }: Included, found: readonly object[]): readonly object[] {
    const children = found.flatMap((record): unknown[] => [Reflect.get(record, name)].flat());
    const records = children.filter(isObject);
    const ids = toldKeysOf(this.#models, relation.model, records);
    const list = this.#listOf({ model, name, value, relation }, { found, ids });
    const isEach = ids !== undefined && ids.length === children.length && ids.length > 0;
    if (relation.isOwner && isEach && isJoinedByOne(this.#models.loosenessOf(relation.model), ids))
      for (const id of ids) this.#tracker.read(relation.model, id);
    else if (list !== undefined) this.#tracker.readList(relation.model, list);
    else this.#selection(relation);
    return records;
  }

  /** Returns the list of records that refer to the found ones by their keys, if these are known. */
  #listOf(
    { model, value, relation }: Included,
    { found, ids }: { readonly found: readonly object[]; readonly ids: readonly Id[] | undefined },
  ): ListRead | undefined {
    const { namedBy } = relation;
    const values = this.#models.sureValues(keysOf(this.#models, model, found));
    const column = this.#models.listFieldsOf(relation.model).get(namedBy?.field ?? '');
    if (namedBy === undefined || column === undefined || values === undefined || values.length === 0)
      return undefined;
    if (namedBy.references !== this.#models.keyOf(model)) return undefined;
    return { column, values, ids: isCut(value) ? undefined : ids };
  }

  #counts(model: string, value: unknown): void {
    const { select } = objectOf(value);
    if (select === undefined)
      for (const relation of this.#models.relationsOf(model)) this.#selection(relation);
    else this.conditions(model, select);
  }

  #selection({ model, joinTable }: PrismaRelation): void {
    this.#tracker.read(model);
    if (joinTable !== undefined) this.#tracker.read(joinTable);
  }
}
