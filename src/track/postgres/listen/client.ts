import { setTimeout as sleep } from 'node:timers/promises';

/** The part of pg's Client that is used. */
export interface PgListenClient {
  connect(): unknown;
  query(text: string): unknown;
  on(event: 'notification' | 'error' | 'end', listener: (given: never) => void): unknown;
  end(): unknown;
}

/** How long the server may take to end the connection. */
const END_MS = 2_000;

/** Ends a connection. A server that does not answer must not block the caller, nor keep the process alive. */
export async function end(client: PgListenClient): Promise<void> {
  const over = new AbortController();
  const ended = Promise.resolve(client.end()).catch(() => undefined);
  const late = sleep(END_MS, undefined, { signal: over.signal, ref: false }).then(() => destroy(client));
  await Promise.race([ended, late.catch(() => undefined)]);
  over.abort();
}

function destroy(client: unknown): void {
  const { connection } = client as { readonly connection?: { readonly stream?: { destroy?(): void } } };
  connection?.stream?.destroy?.();
}
