import type { PrismaRequest } from './root.js';

/** An operation on a model. */
export interface PrismaOperation {
  readonly model: string;
  readonly operation: string;
  readonly args: unknown;
  /** For the fluent API: the path from the requested record to the result. */
  readonly dataPath: readonly string[];
}

/** Returns what a request asks of a model; `undefined` if it is written in SQL. */
export function operationOf({
  model,
  action,
  args,
  dataPath = [],
}: PrismaRequest): PrismaOperation | undefined {
  return model === undefined ? undefined : { model, operation: action, args, dataPath };
}

/** Returns the name of a request as an application writes it, for messages: `Post.findMany`, `$queryRaw`. */
export function nameOf({ model, action, clientMethod }: PrismaRequest): string {
  return model === undefined ? clientMethod : `${model}.${action}`;
}

/** Returns the key of a request's interactive transaction. A batch is committed when its requests have results. */
export function transactionOf({ transaction }: PrismaRequest): unknown {
  return transaction?.kind === 'itx' ? transaction.id : undefined;
}
