import type { FaultLog } from '../log.js';

/** Something that a site does on its own. */
export interface Task {
  /** The name in the log. */
  readonly name: string;
  readonly work: () => Promise<unknown>;
}

/** A task that is repeated. It runs for the first time after one interval. */
export interface RecurringTask extends Task {
  readonly everyMs: number;
}

/** A part that knows by itself when it has something to do. */
export interface SelfTimed {
  start(): void;
  /** Resolves when running work has ended. */
  stop(): Promise<void>;
}

/** Everything that a site does on its own. */
export interface Upkeep {
  readonly selfTimed: readonly SelfTimed[];
  readonly recurring: readonly RecurringTask[];
  /** Started in this order, before `start` returns. */
  readonly atStart: readonly Task[];
}

/** Runs work that no caller waits for. A task that fails is reported; all tasks run again when their time comes. */
export class Background {
  readonly #faults: FaultLog;
  #selfTimed: readonly SelfTimed[] = [];
  #timers: readonly NodeJS.Timeout[] = [];
  #stopped = false;

  constructor(faults: FaultLog) {
    this.#faults = faults;
  }

  /** Starts the upkeep of a site. Its timers alone do not keep the process alive. */
  start({ selfTimed, recurring, atStart }: Upkeep): void {
    this.#selfTimed = selfTimed;
    for (const one of selfTimed) one.start();
    this.#timers = recurring.map((task) => setInterval(() => this.run(task), task.everyMs).unref());
    for (const task of atStart) this.run(task);
  }

  /** Starts one task at once. */
  run({ name, work }: Task): void {
    work().catch((error) => {
      // What stop() interrupts is started again at the next start.
      if (!this.#stopped) this.#faults.report(name, error, {}, `${name} failed in the background`);
    });
  }

  /** Starts no more tasks. Does not wait for those that are running, and no longer reports their faults. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#selfTimed.map((one) => one.stop()));
  }
}
