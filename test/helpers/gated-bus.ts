import type { Bus, Cluster } from '../../src/cluster/bus.js';

type Verb = 'append' | 'read' | 'state' | 'tell' | 'drop' | 'settle';

/** A place where the next call of a verb stops. */
export interface Gate {
  /** Resolves when a call has come here. */
  readonly reached: Promise<void>;
  open(): void;
}

interface Held {
  readonly arrive: () => void;
  readonly opened: Promise<void>;
}

/**
 * Lets a test stop a host at a step: before its bus is asked, or when the bus has answered and the host does not know it yet, as a
 * process that is frozen, or a network that is slow, does. The bus behind it is a real one.
 */
export class BusGates {
  readonly #held = new Map<string, Held[]>();
  /** At the most. */
  entriesAtOnce = Number.POSITIVE_INFINITY;
  #isShut: Promise<void> | undefined;

  /** The next call of a verb. */
  stop(verb: Verb, where: 'before' | 'after' = 'before'): Gate {
    let arrive = () => {};
    let open = () => {};
    const reached = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const key = `${where} ${verb}`;
    this.#held.set(key, [...(this.#held.get(key) ?? []), { arrive, opened }]);
    return { reached, open: () => open() };
  }

  /** Stops every call from now on, until it is opened. */
  shut(): () => void {
    let open = () => {};
    this.#isShut = new Promise<void>((resolve) => {
      open = resolve;
    });
    return () => {
      this.#isShut = undefined;
      open();
    };
  }

  async pass<T>(verb: Verb, call: () => Promise<T>): Promise<T> {
    await this.#isShut;
    await this.#wait(`before ${verb}`);
    const answer = await call();
    await this.#wait(`after ${verb}`);
    return answer;
  }

  async #wait(key: string): Promise<void> {
    const [first, ...rest] = this.#held.get(key) ?? [];
    if (first === undefined) return;
    this.#held.set(key, rest);
    first.arrive();
    await first.opened;
  }
}

/** The same cluster, through gates. */
export function gated(cluster: Cluster, gates: BusGates): Cluster {
  return { ...cluster, connect: () => gatedBus(cluster.connect(), gates) };
}

function gatedBus(bus: Bus, gates: BusGates): Bus {
  return {
    append: (texts) => gates.pass('append', () => bus.append(texts)),
    read: (after, limit) => gates.pass('read', () => bus.read(after, Math.min(limit, gates.entriesAtOnce))),
    state: () => gates.pass('state', () => bus.state()),
    tell: (host) => gates.pass('tell', () => bus.tell(host)),
    drop: (host, beat) => gates.pass('drop', () => bus.drop(host, beat)),
    settle: (epoch) => gates.pass('settle', () => bus.settle(epoch)),
    survey: () => bus.survey(),
    listen: (onNews) => bus.listen(onNews),
    close: () => bus.close(),
  };
}
