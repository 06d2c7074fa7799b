import { OptionReader } from '../../../option-reader.js';
import type { Kind } from '../../catalogue/kind.js';
import { requireKind } from '../../catalogue/kinds.js';
import { type DeclaredModel, declaredModels } from './schema.js';

/** The part of a PrismaClient that describes its models. Its names say that it is private. */
export interface PrismaDescription {
  readonly _runtimeDataModel?: { readonly models: Readonly<Record<string, RuntimeModel>> };
  readonly _clientVersion?: string;
  readonly _engineConfig?: { readonly inlineSchema?: string; readonly activeProvider?: string };
}

export interface RuntimeModel {
  readonly dbName?: string | null;
  readonly fields: readonly {
    readonly name: string;
    readonly kind: string;
    readonly type: string;
    readonly dbName?: string | null;
    readonly relationName?: string | null;
  }[];
}

/** Models by name, as a client has them while it runs. */
export type Runtime = Readonly<Record<string, RuntimeModel>>;
/** Models by name, as the schema declares them. */
export type Declared = ReadonlyMap<string, DeclaredModel>;

const KEEPS_RELATIONS = /^\s*relationMode\s*=\s*"prisma"/m;

/** Reads the models of a client. Throws `ERR_OPTIONS` if it is not of Prisma 7, or its database is not supported. */
export function describeModels(client: PrismaDescription): {
  readonly runtime: Runtime;
  readonly declared: Declared;
  readonly kind: Kind;
  /** Whether Prisma itself changes what refers to a row, instead of the database's foreign keys. */
  readonly keepsRelations: boolean;
} {
  const runtime = client?._runtimeDataModel?.models;
  const schema = client?._engineConfig?.inlineSchema;
  const declared = typeof schema === 'string' ? declaredModels(schema) : new Map();
  const isKnown = runtime !== undefined && Object.keys(runtime).every((name) => declared.has(name));
  const reader = new OptionReader({});
  // Not the client itself, which contains the password of the database.
  if (!isKnown) reader.refuse('prisma', 'a client of Prisma 7', client?._clientVersion ?? typeof client);
  reader.throwProblems();
  const name = client._engineConfig?.activeProvider;
  const kind = requireKind(reader, { option: 'prisma', what: 'a client', name });
  return { runtime: runtime ?? {}, declared, kind, keepsRelations: KEEPS_RELATIONS.test(schema ?? '') };
}
