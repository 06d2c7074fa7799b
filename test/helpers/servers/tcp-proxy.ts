import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A connection between two programs, which stands for a network that can break. */
export interface TcpProxy {
  readonly port: number;
  /** Breaks the current connections. */
  cut(): void;
  /** Stops all traffic on the current connections without closing them, as with half-open connections. */
  freeze(): void;
  /** Breaks the current connections and every new one, until `heal` is called. */
  isolate(): void;
  heal(): void;
  /** Leads new connections to another socket, and breaks the current ones. */
  lead(target: string): void;
}

/** Forwards connections from a free port to a Unix socket, until the test has finished. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let [current, isIsolated] = [target, false];
  const server = createServer((near) => {
    if (isIsolated) {
      near.destroy();
      return;
    }
    const far = connect(current);
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('error', () => undefined);
      from.on('close', () => {
        pairs.delete(pair);
        to.destroy();
      });
      from.pipe(to);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const [near] of pairs) near.destroy();
  };
  onTestFinished(() => {
    cut();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    isolate: () => {
      isIsolated = true;
      cut();
    },
    heal: () => {
      isIsolated = false;
    },
    lead: (other) => {
      current = other;
      cut();
    },
    freeze: () => {
      for (const [near, far] of pairs) {
        near.unpipe(far);
        far.unpipe(near);
      }
    },
  };
}
