import type { Change } from '../change.js';
import { type Id, keyInCondition } from '../tags.js';
import { listChangesOf } from './lists.js';
import type { PrismaModels } from './models/models.js';
import type { PrismaRelation } from './models/relations.js';
import type { PrismaOperation } from './requests/operation.js';
import { objectOf, valuesIn } from './values.js';

/** Operations on models that only read. */
const READS = /^(?:find|aggregate|count|groupBy)/;

export function isWrite(operation: string): boolean {
  return !READS.test(operation);
}

/** Returns what an operation has changed, by its arguments and, unless it failed, its result. */
export function changesOfOperation(
  models: PrismaModels,
  { model, operation, args, dataPath }: PrismaOperation,
  result: unknown,
): readonly Change[] {
  const writes = new Writes(models);
  // The fluent API returns another record.
  const given = { ...objectOf(args), result: dataPath.length === 0 ? result : undefined };
  writes.add(model, operation.replace(/AndReturn$/, ''), given);
  return writes.changes;
}

interface Given {
  readonly where?: unknown;
  readonly data?: unknown;
  readonly create?: unknown;
  readonly update?: unknown;
  readonly result?: unknown;
}

/** Collects the changes of an operation and of those within it. */
class Writes {
  readonly changes: Change[] = [];
  readonly #models: PrismaModels;

  constructor(models: PrismaModels) {
    this.#models = models;
  }

  add(model: string, operation: string, { where, data, create, update, result }: Given): void {
    if (operation === 'create' || operation === 'createMany') this.#created(model, data, result);
    else if (operation === 'update' || operation === 'updateMany')
      this.#updated(model, { where, data, result });
    else if (operation === 'delete' || operation === 'deleteMany') this.#deleted(model, where, result);
    else if (operation === 'upsert') {
      this.#upserted(model, { where, data: update, result });
      this.#nested(model, create);
    } else this.changes.push(...this.#models.moved({ entity: model, action: 'unknown' }));
  }

  #created(model: string, data: unknown, result: unknown): void {
    const rows = arrayOf(data);
    const results = recordsOf(result);
    for (const [index, row] of rows.entries()) {
      // The result of createMany() is a number of rows.
      const record = results.length === rows.length ? results[index] : undefined;
      const id = this.#models.idOf(model, record) ?? this.#models.idOf(model, row);
      const lists = listChangesOf(this.#models, model, { kind: 'create', data: row, record });
      this.changes.push({ entity: model, id, action: 'create', record, fields: fieldsOf(row), lists });
      this.#nested(model, row, id);
    }
  }

  /** Adds an update and a creation: a record was there before, or was created. */
  #upserted(model: string, { where, data, result }: Given): void {
    this.#updated(model, { where, data, result }, 'upsert');
    for (const { id, record } of this.#rows(model, where, result)) {
      const lists = listChangesOf(this.#models, model, { kind: 'create', record });
      this.changes.push({ entity: model, id, action: 'create', lists });
    }
  }

  #updated(model: string, { where, data, result }: Given, kind: 'update' | 'upsert' = 'update'): void {
    const fields = kind === 'upsert' ? undefined : fieldsOf(data);
    const rows = this.#rows(model, where, result);
    for (const change of rows) {
      const lists = listChangesOf(this.#models, model, { kind, where, data, record: change.record });
      const own = { ...change, action: 'update', fields, lists } as const;
      if (this.#isMoved(model, data, where)) this.changes.push(...this.#models.moved(own));
      else this.changes.push(own);
    }
    this.changes.push(...this.#models.changedAlong(model, fields));
    this.#nested(model, data, rows.length === 1 ? rows[0]?.id : undefined);
  }

  #deleted(model: string, where: unknown, result: unknown): void {
    for (const change of this.#rows(model, where, result)) {
      const lists = listChangesOf(this.#models, model, { kind: 'delete', where, record: change.record });
      this.changes.push({ ...change, action: 'delete', lists });
    }
  }

  /** Returns the rows that an operation has changed, or one entry for unknown rows. */
  #rows(model: string, where: unknown, result: unknown): readonly Omit<Change, 'action'>[] {
    const records = recordsOf(result);
    const rows = records.map((record) => ({ entity: model, id: this.#models.idOf(model, record), record }));
    if (rows.length > 0 && rows.every(({ id }) => id !== undefined)) return rows;
    const ids = this.#idsIn(model, where);
    if (ids !== undefined) {
      const record = records.length === 1 ? records[0] : undefined;
      return ids.map((id) => ({ entity: model, id, record }));
    }
    return records.length > 0 ? rows.map((row) => ({ ...row, id: undefined })) : [{ entity: model }];
  }

  /** Returns the keys that a condition names. Other parts of the condition may exclude some of them. */
  #idsIn(model: string, where: unknown): readonly Id[] | undefined {
    const key = this.#models.keyOf(model);
    const values = key === undefined ? undefined : valuesIn(objectOf(where)[key]);
    const ids = values?.map(keyInCondition).filter((id) => id !== undefined);
    return ids?.length === values?.length ? ids : undefined;
  }

  /** Whether an update may give rows another key than the one by which they were found. */
  #isMoved(model: string, data: unknown, where: unknown): boolean {
    const ids = this.#idsIn(model, where) ?? [];
    return this.#models.primaryOf(model).some((field) => {
      const value = objectOf(data)[field];
      return value !== undefined && (ids.length !== 1 || String(keyInCondition(value)) !== String(ids[0]));
    });
  }

  /** Adds what is written of the models that the data of a row names. */
  #nested(model: string, data: unknown, id?: Id): void {
    for (const [field, value] of Object.entries(objectOf(data))) {
      const relation = this.#models.relationOf(model, field);
      if (relation === undefined) continue;
      for (const [verb, given] of Object.entries(objectOf(value)))
        if (given !== undefined) this.#related(model, relation, { verb, given, id });
    }
  }

  #related(
    model: string,
    relation: PrismaRelation,
    { verb, given, id }: { readonly verb: string; readonly given: unknown; readonly id: Id | undefined },
  ): void {
    const target = relation.model;
    const isCreation = verb === 'create' || verb === 'createMany';
    const created = arrayOf(verb === 'create' ? given : objectOf(given).data);
    const key = this.#keyFor(model, relation, id);
    if (isCreation)
      this.#created(
        target,
        created.map((row) => ({ ...objectOf(row), ...key })),
        undefined,
      );
    else if (verb === 'connect' || verb === 'disconnect' || verb === 'set') this.#linked(relation, given);
    else if (verb === 'connectOrCreate') this.#linkedOrCreated(relation, given);
    else for (const one of arrayOf(given)) this.#within(target, verb, one);
    // The row that was linked before has lost its link.
    if (relation.isOneToOne)
      this.changes.push({ entity: relation.isOwner ? model : target, action: 'update' });
    if (verb === 'set') this.changes.push({ entity: target, action: 'update' });
  }

  /** Returns the key with which a row that is created within another one refers to it, if that is known. */
  #keyFor(model: string, { namedBy }: PrismaRelation, id: Id | undefined): Readonly<Record<string, Id>> {
    const isKnown = id !== undefined && namedBy?.references === this.#models.keyOf(model);
    return isKnown && namedBy !== undefined ? { [namedBy.field]: id } : {};
  }

  /** Adds updates of the linked rows, if they hold the key of the link, or a table between holds it. */
  #linked({ isOwner, model }: PrismaRelation, given: unknown): void {
    if (isOwner) return;
    for (const where of arrayOf(given))
      for (const id of this.#idsIn(model, where) ?? [undefined])
        this.changes.push({ entity: model, id, action: 'update' });
  }

  #linkedOrCreated(relation: PrismaRelation, given: unknown): void {
    for (const one of arrayOf(given)) {
      const { where, create } = objectOf(one);
      this.#linked(relation, where);
      this.#created(relation.model, create, undefined);
    }
  }

  /** Adds an update, upsert or deletion of related rows. */
  #within(target: string, verb: string, given: unknown): void {
    const parts = objectOf(given);
    if (verb === 'updateMany' || verb === 'upsert') this.add(target, verb, parts);
    else if (verb !== 'update') this.add(target, verb, { where: given });
    else if (!('data' in parts)) this.add(target, verb, { data: given });
    else {
      this.add(target, verb, parts);
      // `data` may also be the name of a field.
      this.#nested(target, parts);
    }
  }
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

/** Returns the records in a result. A result that counts rows has no records. */
function recordsOf(result: unknown): readonly object[] {
  const isCount = typeof objectOf(result).count === 'number' && Object.keys(objectOf(result)).length === 1;
  return isCount ? [] : [result].flat().filter((one) => typeof one === 'object' && one !== null);
}

function fieldsOf(data: unknown): readonly string[] {
  return Object.entries(objectOf(data))
    .filter(([, value]) => value !== undefined)
    .map(([field]) => field);
}
