import { type Id, keyInCondition } from '../tags.js';
import type { PrismaModels, PrismaRelation } from './models.js';

/** An operation on a model, as a query extension is told of it. */
export interface PrismaOperation {
  readonly model: string;
  readonly operation: string;
  readonly args: unknown;
  /** By the fluent API: the way from the record that was asked for to the result. */
  readonly dataPath: readonly string[];
}

/** Notes that a row was read by its key or, without one, a selection of rows. */
export type NoteRead = (entity: string, id?: Id) => void;

/** These give one record, or null. */
const ONE = /^(?:findUnique|findUniqueOrThrow|findFirst|findFirstOrThrow|create|update|upsert|delete)$/;
const MANY = /^(?:findMany|\w+AndReturn)$/;
/** Of these, the record was found by a unique key. */
const BY_KEY = /^(?:findUnique|findUniqueOrThrow|create|update|upsert|delete)$/;

/** Tells what an operation has read. A result that is not known counts as none, so that everything is a selection. */
export function readsOfOperation(
  models: PrismaModels,
  { model, operation, args, dataPath }: PrismaOperation,
  { result, read }: { readonly result: unknown; readonly read: NoteRead },
): void {
  const given = objectOf(args);
  const found = recordsIn(operation, result, dataPath);
  const ids = lookedUp(models, { model, operation, where: given.where, found });
  if (ids === undefined) read(model);
  for (const id of ids ?? []) read(model, id);
  const reader = new RelationReader(models, read);
  for (const condition of [given.where, given.orderBy, given.having]) reader.conditions(model, condition);
  reader.selections(model, given, found);
}

function recordsIn(operation: string, result: unknown, dataPath: readonly string[]): readonly object[] {
  if (typeof result !== 'object' || result === null) return [];
  if (MANY.test(operation)) return Array.isArray(result) ? result.filter(isObject) : [];
  if (!ONE.test(operation)) return [];
  // `select`, `author`, `select`, `posts`: the names are every second one.
  const fields = dataPath.filter((_, index) => index % 2 === 1);
  return [fields.reduceRight<object>((inner, field) => ({ [field]: inner }), result)];
}

interface LookUp {
  readonly model: string;
  readonly operation: string;
  readonly where: unknown;
  readonly found: readonly object[];
}

/** The rows that were looked up by their key, if each was found; undefined: it is a selection. */
function lookedUp(
  models: PrismaModels,
  { model, operation, where, found }: LookUp,
): readonly Id[] | undefined {
  const key = models.keyOf(model);
  if (key === undefined || found.length === 0) return undefined;
  const ids = found.map((record) => models.idOf(model, record)).filter((id) => id !== undefined);
  const isComplete = ids.length === found.length;
  if (isComplete && BY_KEY.test(operation)) return ids;
  const wanted = valuesIn(objectOf(where)[key]);
  if (wanted === undefined) return undefined;
  if (isComplete && distinct(ids) === distinct(wanted)) return ids;
  const id = wanted.length === 1 ? keyInCondition(wanted[0]) : undefined;
  return id === undefined ? undefined : [id];
}

/** The values that a condition allows, if it does nothing else: `42`, `{ equals: 42 }`, `{ in: [42, 43] }`. */
export function valuesIn(condition: unknown): readonly unknown[] | undefined {
  if (!isObject(condition)) return condition === undefined || condition === null ? undefined : [condition];
  const [[name, value] = [], ...others] = Object.entries(condition).filter(([, one]) => one !== undefined);
  if (others.length > 0) return undefined;
  if (name === 'equals' && !isObject(value) && value !== null) return [value];
  return name === 'in' && Array.isArray(value) ? value : undefined;
}

/** Reads what an operation reads of other models than its own. */
class RelationReader {
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

/** The members of an object; none of what is no object. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) && !isScalar(value) ? (value as Readonly<Record<string, unknown>>) : {};
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Values of columns that JavaScript has as objects; whoever looks at their members would be long about it. */
function isScalar(value: object): boolean {
  return value instanceof Date || ArrayBuffer.isView(value);
}

function distinct(values: readonly unknown[]): number {
  return new Set(values.map(String)).size;
}
