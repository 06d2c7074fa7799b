import type { ListRead } from '../list-tags.js';
import type { Id } from '../tags.js';
import type { SequelizeModels } from './models.js';

/** A model whose records come with those of a find, as the hook of the find is told. */
export interface SequelizeInclude {
  readonly model: unknown;
  readonly as: string;
  /** With a find of its own. */
  readonly separate?: boolean;
  /** By an INNER JOIN. */
  readonly required?: boolean;
  /** By a RIGHT JOIN. */
  readonly right?: boolean;
  /** With a condition in place of that of the association, or beside it. */
  readonly on?: unknown;
  readonly or?: unknown;
  readonly where?: unknown;
  readonly limit?: unknown;
  readonly attributes?: unknown;
  readonly association?: SequelizeAssociation;
  readonly through?: { readonly model?: unknown; readonly where?: unknown };
  readonly include?: readonly SequelizeInclude[];
  /** The table between two models, which is among the includes of the second. */
  readonly _pseudo?: boolean;
}

interface SequelizeAssociation {
  readonly associationType: string;
  readonly source?: unknown;
  readonly sourceKey?: string;
  readonly targetKey?: string;
  /** The column that names the records of the source, in the target or in the table between. */
  readonly identifierField?: string;
}

/** The parts of a find that may choose records by others, or put them in order by others. */
export interface Choice {
  readonly where?: unknown;
  readonly order?: unknown;
  readonly group?: unknown;
  readonly having?: unknown;
  readonly limit?: unknown;
  readonly subQuery?: boolean;
  /** Whether an include of many may give a record several rows. */
  readonly hasDuplicating?: boolean;
}

export interface IncludeReader {
  readonly models: SequelizeModels;
  read(model: unknown, id?: Id): void;
  readMissing(model: unknown): void;
  readList(model: unknown, list: ListRead): void;
}

/** The records that includes belong to; undefined: they are not known. */
export interface Owners {
  readonly records: readonly object[] | undefined;
  /** Their keys, if each has one. */
  readonly keys: readonly Id[] | undefined;
  /** Whether they are all that there can be: they were looked up by their keys, and found. */
  readonly areFixed: boolean;
  /** Whether nothing but an INNER JOIN chooses or orders by what is included. */
  readonly isOwnChoice: boolean;
}

/** Whether none of the includes leaves out records that it is included in. */
export function areOptional(includes: readonly SequelizeInclude[]): boolean {
  return includes.every(
    ({ required, right, include }) => required !== true && right !== true && areOptional(include ?? []),
  );
}
