import type { PrismaRequest } from './root.js';

/** An operation on a model. */
export interface PrismaOperation {
  readonly model: string;
  readonly operation: string;
  readonly args: unknown;
  /** By the fluent API: the way from the record that was asked for to the result. */
  readonly dataPath: readonly string[];
}

/** What a request asks of a model; undefined: it is written in SQL. */
export function operationOf({
  model,
  action,
  args,
  dataPath = [],
}: PrismaRequest): PrismaOperation | undefined {
  return model === undefined ? undefined : { model, operation: action, args, dataPath };
}

/** As an application writes it, for messages: `Post.findMany`, `$queryRaw`. */
export function nameOf({ model, action, clientMethod }: PrismaRequest): string {
  return model === undefined ? clientMethod : `${model}.${action}`;
}

/** The key of the interactive transaction that a request is in. A batch has been committed when its requests have their results. */
export function transactionOf({ transaction }: PrismaRequest): unknown {
  return transaction?.kind === 'itx' ? transaction.id : undefined;
}
