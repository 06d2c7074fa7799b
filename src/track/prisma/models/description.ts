import { OptionReader } from '../../../option-reader.js';
import { type DeclaredModel, declaredModels } from './schema.js';

/** The part of a PrismaClient, private by its name, that says what models there are. */
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

/** Reads what a client knows of its models. Throws `ERR_OPTIONS` for what is no client of Prisma 7. */
export function describeModels(client: PrismaDescription): {
  readonly runtime: Runtime;
  readonly declared: Declared;
} {
  const runtime = client?._runtimeDataModel?.models;
  const schema = client?._engineConfig?.inlineSchema;
  const declared = typeof schema === 'string' ? declaredModels(schema) : new Map();
  const isKnown = runtime !== undefined && Object.keys(runtime).every((name) => declared.has(name));
  if (isKnown) return { runtime, declared };
  const reader = new OptionReader({});
  // Not the client itself: it knows the password of the database.
  reader.refuse('prisma', 'a client of Prisma 7', client?._clientVersion ?? typeof client);
  reader.throwProblems();
  return { runtime: {}, declared };
}
