import type { Bus, BusPosition, BusState } from './bus.js';

interface Seen {
  readonly beat: number;
  readonly since: number;
}

/**
 * Watches the hosts of the register by this process's monotonic clock; the clocks of other machines and of the
 * engine do not matter. A host that has reported nothing for a term serves nothing any more, because its own term
 * began before its last report.
 */
export class Register {
  readonly #bus: Bus;
  readonly #termMilliseconds: number;
  #epoch: { readonly name: string; readonly since: number } | undefined;
  #seen: ReadonlyMap<string, Seen> = new Map();
  #look: Promise<BusState> | undefined;
  #nextLook: Promise<BusState> | undefined;

  constructor(bus: Bus, termMilliseconds: number) {
    this.#bus = bus;
    this.#termMilliseconds = termMilliseconds;
  }

  /** Returns the state at an instant after the call. Callers that ask at the same time share one answer. */
  look(): Promise<BusState> {
    if (this.#look === undefined) {
      this.#look = this.#ask().finally(() => {
        this.#look = undefined;
      });
      return this.#look;
    }
    // The answer that is on its way may be older than this question.
    this.#nextLook ??= this.#look
      .catch(() => undefined)
      .then(() => {
        this.#nextLook = undefined;
        return this.look();
      });
    return this.#nextLook;
  }

  /** Records a new state, takes silent hosts off the register, and settles the epoch when a term has passed. */
  async saw(state: BusState): Promise<BusState> {
    const now = performance.now();
    if (this.#epoch?.name !== state.epoch) {
      this.#epoch = { name: state.epoch, since: now };
      this.#seen = new Map();
    }
    this.#seen = new Map([...state.hosts].map(([host, { beat }]) => [host, this.#since(host, beat, now)]));
    let current = state;
    for (const [host, { beat, since }] of this.#seen)
      if (now - since >= this.#termMilliseconds)
        current = await this.#bus.drop(host, { epoch: state.epoch, beat });
    if (!current.settled && now - this.#epoch.since >= this.#termMilliseconds)
      current = await this.#bus.settle(this.#epoch.name);
    return current;
  }

  /** Milliseconds until a host will have been silent for a term; `undefined` if this process has not seen the host. */
  remaining(host: string): number | undefined {
    const seen = this.#seen.get(host);
    return seen && Math.max(0, seen.since + this.#termMilliseconds - performance.now());
  }

  #since(host: string, beat: number, now: number): Seen {
    const seen = this.#seen.get(host);
    return seen?.beat === beat ? seen : { beat, since: now };
  }

  async #ask(): Promise<BusState> {
    return await this.saw(await this.#bus.state());
  }
}

/** Whether no host except `but` can still serve what an entry has made out of date. */
export function isHeardByAll(state: BusState, { epoch, last }: BusPosition, but: string): boolean {
  if (state.epoch !== epoch || !state.settled) return false;
  return [...state.hosts].every(([host, { cursor }]) => host === but || cursor >= last);
}
