import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { copied } from './sent-head.js';

/** What is held back of one connection: calls of `write` and `end`, in order. */
interface Held {
  holds: number;
  readonly calls: (() => void)[];
}

const heldOf = new WeakMap<Socket, Held>();

/**
 * Holds the bytes of a response back, once its head has been written, until a promise is settled. This is done at the
 * connection, because only then is the head known: middleware adds to it until the last moment.
 */
export function withholdBytes(response: ServerResponse, until: Promise<unknown>): void {
  const withhold = (socket: Socket) => {
    const release = hold(socket);
    void until.then(release, release);
  };
  // A response that waits behind another one of its connection gets the connection later.
  if (response.socket === null) response.once('socket', withhold);
  else withhold(response.socket);
}

/** Holds a connection. The function that it returns releases it, with the last of several holds. */
function hold(socket: Socket): () => void {
  const held = heldOf.get(socket) ?? replaceCalls(socket);
  held.holds += 1;
  return () => {
    held.holds -= 1;
    if (held.holds > 0) return;
    heldOf.delete(socket);
    Reflect.deleteProperty(socket, 'write');
    Reflect.deleteProperty(socket, 'end');
    for (const call of held.calls) call();
    if (!socket.writableNeedDrain) socket.emit('drain');
  };
}

function replaceCalls(socket: Socket): Held {
  const held: Held = { holds: 0, calls: [] };
  const { write, end } = socket;
  const keep = (method: typeof write | typeof end, given: readonly unknown[]) =>
    held.calls.push(() => void Reflect.apply(method, socket, given));
  socket.write = (...given: unknown[]) => {
    keep(write, copied(given));
    return false;
  };
  socket.end = (...given: unknown[]) => {
    keep(end, copied(given));
    return socket;
  };
  heldOf.set(socket, held);
  return held;
}
