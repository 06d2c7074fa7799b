import type { Declared, Runtime } from './description.js';
import type { DeclaredField } from './schema.js';

/** A relation, from the side of one of its two models. */
export interface PrismaRelation {
  /** The other model. */
  readonly model: string;
  /** Whether the rows of this model refer to those of the other. */
  readonly isOwner: boolean;
  /** Whether a row of either model belongs to at most one row of the other. */
  readonly isOneToOne: boolean;
  readonly isList: boolean;
  /** The one field of the other model that refers to the field `references` of this one. */
  readonly namedBy: { readonly field: string; readonly references: string } | undefined;
  /** The table between the two models, if neither refers to the other. */
  readonly joinTable: string | undefined;
}

/** Returns the relations of a model, by their fields. */
export function relationsIn(
  name: string,
  runtime: Runtime,
  declared: Declared,
): ReadonlyMap<string, PrismaRelation> {
  const fields = runtime[name]?.fields.filter(({ kind }) => kind === 'object') ?? [];
  return new Map(
    fields.map((field) => {
      const other = runtime[field.type]?.fields.find(
        (one) => one.relationName === field.relationName && !(field.type === name && one.name === field.name),
      );
      const own = declared.get(name)?.fields.get(field.name);
      const opposite = declared.get(field.type)?.fields.get(other?.name ?? '');
      return [field.name, relationOf(field.type, field.relationName ?? '', { own, opposite })];
    }),
  );
}

function relationOf(
  model: string,
  name: string,
  { own, opposite }: Readonly<Record<'own' | 'opposite', DeclaredField | undefined>>,
): PrismaRelation {
  const isList = own?.isList === true;
  return {
    model,
    isOwner: own?.isOwner === true,
    isList,
    isOneToOne: !isList && opposite?.isList !== true,
    namedBy: opposite?.isOwner === true ? onlyField(opposite) : undefined,
    joinTable: isList && opposite?.isOwner !== true ? `_${name}`.toLowerCase() : undefined,
  };
}

function onlyField({ fields, references }: DeclaredField): PrismaRelation['namedBy'] {
  const [field, ...others] = fields;
  const [reference] = references;
  return field === undefined || reference === undefined || others.length > 0
    ? undefined
    : { field, references: reference };
}
