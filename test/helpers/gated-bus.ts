import type { Bus, Cluster } from '../../src/cluster/bus.js';

type Verb = 'append' | 'read' | 'state' | 'tell' | 'drop' | 'settle';

/** Stops the next call of a method. */
export interface Gate {
  /** Resolves when a call has reached the gate. */
  readonly reached: Promise<void>;
  open(): void;
}

interface Held {
  readonly arrive: () => void;
  readonly opened: Promise<void>;
}

/**
 * Lets a test stop a host at one step: before it calls its bus, or when the bus has answered and the host does not know
 * it yet. A frozen process or a slow network has the same effect. The bus behind the gates is a real one.
 */
export class BusGates {
  readonly #held = new Map<string, Held[]>();
  /** The most entries that one read returns. */
  entriesAtOnce = Number.POSITIVE_INFINITY;
  #isShut: Promise<void> | undefined;

  /** Stops the next call of a method. */
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

  /** Stops every call from now on. Returns the function that lets them continue. */
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

/** Returns the same cluster, with its calls through gates. */
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
