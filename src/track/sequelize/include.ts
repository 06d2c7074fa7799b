import type { ListRead } from '../list-tags.js';
import type { Id } from '../tags.js';
import type { SequelizeModels } from './models.js';

/** A model whose records come with those of a find, as the hook of the find gets it. */
export interface SequelizeInclude {
  readonly model: unknown;
  readonly as: string;
  /** Whether it is read with a find of its own. */
  readonly separate?: boolean;
  /** Whether it is joined by an INNER JOIN. */
  readonly required?: boolean;
  /** Whether it is joined by a RIGHT JOIN. */
  readonly right?: boolean;
  /** `on` replaces the condition of the association; with `or`, it is combined with `where` by OR. */
  readonly on?: unknown;
  readonly or?: unknown;
  readonly where?: unknown;
  readonly limit?: unknown;
  readonly attributes?: unknown;
  readonly association?: SequelizeAssociation;
  readonly through?: { readonly model?: unknown; readonly where?: unknown };
  readonly include?: readonly SequelizeInclude[];
  /** Whether it is the table between two models, which is among the includes of the second. */
  readonly _pseudo?: boolean;
}

interface SequelizeAssociation {
  readonly associationType: string;
  readonly source?: unknown;
  readonly sourceKey?: string;
  readonly targetKey?: string;
  /** The column that refers to records of the source, in the target or in the table between. */
  readonly identifierField?: string;
}

/** The parts of a find that may choose or sort its records by other records. */
export interface Choice {
  readonly where?: unknown;
  readonly order?: unknown;
  readonly group?: unknown;
  readonly having?: unknown;
  readonly limit?: unknown;
  readonly subQuery?: boolean;
  /** Whether an include of many records may give a record several rows. */
  readonly hasDuplicating?: boolean;
}

export interface IncludeReader {
  readonly models: SequelizeModels;
  read(model: unknown, id?: Id): void;
  readMissing(model: unknown): void;
  readList(model: unknown, list: ListRead): void;
}

/** The records that includes belong to. `records` is `undefined` if they are not known. */
export interface Owners {
  readonly records: readonly object[] | undefined;
  /** Their keys, if each has one. */
  readonly keys: readonly Id[] | undefined;
  /** Whether no others can take their place: they were looked up by their keys, and found. */
  readonly areFixed: boolean;
  /** Whether only an INNER JOIN chooses or sorts the records by what is included. */
  readonly isOwnChoice: boolean;
}

/** Whether no include can leave out the records in which it is included. */
export function areOptional(includes: readonly SequelizeInclude[]): boolean {
  return includes.every(
    ({ required, right, include }) => required !== true && right !== true && areOptional(include ?? []),
  );
}
