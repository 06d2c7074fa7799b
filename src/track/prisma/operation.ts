/** An operation on a model, as a query extension is told of it. */
export interface PrismaOperation {
  readonly model: string;
  readonly operation: string;
  readonly args: unknown;
  /** By the fluent API: the way from the record that was asked for to the result. */
  readonly dataPath: readonly string[];
}

/** What a query extension is told of an operation. */
export interface PrismaQuery {
  readonly model?: string | undefined;
  readonly operation: string;
  readonly args: unknown;
  query(args: unknown): Promise<unknown>;
  readonly __internalParams: {
    readonly dataPath?: readonly string[];
    readonly transaction?: { readonly kind: string; readonly id: unknown };
  };
}

/** What a query asks of a model; undefined: it is written in SQL. */
export function operationOf({
  model,
  operation,
  args,
  __internalParams,
}: PrismaQuery): PrismaOperation | undefined {
  if (model === undefined) return undefined;
  return { model, operation, args, dataPath: __internalParams.dataPath ?? [] };
}

/** The key of the interactive transaction that a query is in. A batch has been committed when its queries have their results. */
export function transactionOf({ __internalParams: { transaction } }: PrismaQuery): unknown {
  return transaction?.kind === 'itx' ? transaction.id : undefined;
}
