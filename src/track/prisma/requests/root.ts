import { OptionReader } from '../../../option-reader.js';
import { putBefore } from '../../pool/connections.js';
import type { EngineTransaction } from '../transactions.js';

/** A request that a client gets and sends. */
export interface PrismaRequest {
  readonly model?: string | undefined;
  /** The operation on a model: `findMany`. */
  readonly action: string;
  /** The method of the client: `$queryRaw`. */
  readonly clientMethod: string;
  readonly args: unknown;
  /** For the fluent API: the path from the requested record to the result. */
  readonly dataPath?: readonly string[];
  readonly transaction?: { readonly kind: string; readonly id: unknown };
}

type Request = (request: PrismaRequest) => Promise<unknown>;

/** The client from which all others are made: the members that they share. Their names say that they are private. */
interface PrismaRoot {
  /** Gets what an application, or an extension, asks for. */
  readonly _request: Request;
  /** Sends a request, after all extensions. */
  readonly _executeRequest: Request;
  readonly _engine: { transaction(...given: EngineTransaction): Promise<unknown> };
}

export interface RootFollower {
  ask(request: PrismaRequest, run: () => Promise<unknown>): Promise<unknown>;
  send(request: PrismaRequest, run: () => Promise<unknown>): Promise<unknown>;
  transaction(given: EngineTransaction, run: () => Promise<unknown>): Promise<unknown>;
}

/**
 * Follows all requests of a client, of those from which it was extended, and of those that are extended from it. Throws
 * `ERR_OPTIONS` for a client that works in another way.
 */
export function followRoot(client: object, follower: RootFollower): void {
  const root = rootOf(client);
  putBeforeRequests(root, '_request', (request, run) => follower.ask(request, run));
  putBeforeRequests(root, '_executeRequest', (request, run) => follower.send(request, run));
  const engine = root._engine;
  const { transaction } = engine;
  putBefore(engine, 'transaction', (given) =>
    follower.transaction(given as EngineTransaction, () => Reflect.apply(transaction, engine, given)),
  );
}

/** Wraps a method of the root only, from which its clients have it. */
function putBeforeRequests(
  root: PrismaRoot,
  method: '_request' | '_executeRequest',
  follow: (request: PrismaRequest, run: () => Promise<unknown>) => Promise<unknown>,
): void {
  const request = root[method];
  const value = function (this: unknown, given: PrismaRequest): Promise<unknown> {
    return follow(given, () => Reflect.apply(request, this, [given]));
  };
  Object.defineProperty(root, method, { value, writable: true, configurable: true });
}

function rootOf(client: object): PrismaRoot {
  const root: unknown = Reflect.get(Reflect.get(client, '_requestHandler') ?? {}, 'client');
  const { _request, _executeRequest, _engine } = (root ?? {}) as Partial<PrismaRoot>;
  const methods: readonly unknown[] = [_request, _executeRequest, _engine?.transaction];
  const reader = new OptionReader({});
  if (!methods.every((method) => typeof method === 'function'))
    reader.refuse(
      'prisma',
      'a client of a release of Prisma 7 that sends requests as 7.0 to 7.10 do',
      typeof client,
    );
  reader.throwProblems();
  return root as PrismaRoot;
}
