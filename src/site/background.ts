import type { FaultLog } from '../log.js';

/** Something that a site does by itself. */
export interface Task {
  /** As it is logged. */
  readonly name: string;
  readonly work: () => Promise<unknown>;
}

/** A task that is done again and again, for the first time when this time has passed. */
export interface RecurringTask extends Task {
  readonly everyMs: number;
}

/** What knows by itself when it has something to do. */
export interface SelfTimed {
  start(): void;
  /** Resolves when what is under way has ended. */
  stop(): Promise<void>;
}

/** All that a site does by itself. */
export interface Upkeep {
  readonly selfTimed: readonly SelfTimed[];
  readonly recurring: readonly RecurringTask[];
  /** Begun in this order, before `start` returns. */
  readonly atStart: readonly Task[];
}

/** Work that nobody waits for. A task that fails is reported; it and all others are done again when their time comes. */
export class Background {
  readonly #faults: FaultLog;
  #selfTimed: readonly SelfTimed[] = [];
  #timers: readonly NodeJS.Timeout[] = [];
  #stopped = false;

  constructor(faults: FaultLog) {
    this.#faults = faults;
  }

  /** Begins the upkeep of a site. Its timers alone keep no process alive. */
  start({ selfTimed, recurring, atStart }: Upkeep): void {
    this.#selfTimed = selfTimed;
    for (const one of selfTimed) one.start();
    this.#timers = recurring.map((task) => setInterval(() => this.run(task), task.everyMs).unref());
    for (const task of atStart) this.run(task);
  }

  /** Begins one task at once. */
  run({ name, work }: Task): void {
    work().catch((error) => {
      // What stop() cuts short is begun again at the next start.
      if (!this.#stopped) this.#faults.report(name, error, {}, `${name} failed in the background`);
    });
  }

  /** Nothing more is begun by itself. Tasks under way are not waited for, and their faults are not reported any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#selfTimed.map((one) => one.stop()));
  }
}
