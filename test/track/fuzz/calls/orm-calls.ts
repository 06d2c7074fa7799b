import type { Random } from '../../../helpers/protocol/choices.js';
import type { Call } from '../pairs.js';
import type { Focus } from './models.js';

/** The random calls of an ORM. `C` is the client of the calls in one transaction. */
export interface Orm<C> {
  readonly client: C;
  /** The models that the next reads and writes concern. */
  readonly focus: Pick<Focus, 'move'>;
  read(): Call;
  write(): OrmWrite<C>;
  transaction(client: C, work: (inner: C) => Promise<void>): Promise<unknown>;
}

export interface OrmWrite<C> {
  readonly told: string;
  send(client: C): Promise<unknown>;
}

/**
 * Returns one write, or several in a transaction, perhaps a nested one. Transactions may be rolled back. Refused writes
 * change nothing.
 */
export function someWrite<C>(orm: Orm<C>, random: Random): Call {
  const [first, second, third] = [orm.write(), orm.write(), orm.write()];
  if (random.chance(0.7)) return quietly(first.told, () => first.send(orm.client));
  const [isNested, isInnerUndone, isUndone] = [0.5, 0.4, 0.3].map((chance) => random.chance(chance));
  const undo = (isWanted: boolean | undefined) => {
    if (isWanted) throw new Error('rolled back');
  };
  const within = isNested ? ` (${second.told}${isInnerUndone ? ' rolled back' : ''})` : '';
  const told = `transaction ${first.told};${within} ${third.told}${isUndone ? ' rolled back' : ''}`;
  return quietly(told, () =>
    orm.transaction(orm.client, async (client) => {
      await first.send(client);
      const inner = async (own: C) => {
        await second.send(own);
        undo(isInnerUndone);
      };
      if (isNested) await orm.transaction(client, inner).catch(() => undefined);
      await third.send(client);
      undo(isUndone);
    }),
  );
}

function quietly(told: string, run: () => Promise<unknown>): Call {
  return { told, run: () => run().catch(() => undefined) };
}

export function toldOf(method: string, ...given: readonly unknown[]): string {
  return `${method}(${given.map((one) => JSON.stringify(one)).join(', ')})`;
}
