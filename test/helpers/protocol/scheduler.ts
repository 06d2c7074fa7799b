import { AsyncLocalStorage } from 'node:async_hooks';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { WriteLock } from '../../../src/ledger/sqlite/lock.js';
import { PageStore } from '../../../src/store/page-store.js';

/** A step that an actor is about to make. */
export interface Step {
  readonly actor: string;
  readonly name: string;
}

/** Which of the waiting steps is made next: its index. */
export type Choose = (waiting: readonly Step[]) => number;

/** What is done next: a step, or the death of a group of actors. */
export type Decide = (waiting: readonly Step[]) => number | { readonly kill: string };

interface Actor {
  readonly name: string;
  readonly group: string;
  readonly scheduler: Scheduler;
  /** What its transactions are for. */
  doing: string;
  killed: boolean;
}

/** Who runs a piece of code: through all that it awaits. */
const actors = new AsyncLocalStorage<Actor>();

interface WaitingStep extends Step {
  readonly owner: Actor;
  readonly resume: () => void;
}

/**
 * Runs asynchronous code one step at a time: every actor stops before each of its steps, and when all have stopped, one
 * is chosen to go on. What lies between two steps is the real code, undisturbed.
 */
export class Scheduler {
  #waiting: WaitingStep[] = [];
  #running = 0;
  #allStopped: () => void = () => undefined;
  #error: { readonly thrown: unknown } | undefined;
  #lastStep = '';
  readonly trace: string[] = [];
  readonly #passing: readonly string[];

  /** Steps named in `passing` are made without stopping, where their order can make no difference. */
  constructor({ passing = [] }: { readonly passing?: readonly string[] } = {}) {
    this.#passing = passing;
  }

  /**
   * Begins an actor; it runs up to its first step. An error of it ends the whole run. Actors of one group die together.
   */
  spawn(name: string, group: string, work: () => Promise<void>): void {
    this.#running += 1;
    const actor: Actor = { name, group, scheduler: this, doing: 'transaction', killed: false };
    void actors.run(actor, work).then(
      () => this.#stop(),
      (thrown) => this.#fail(thrown),
    );
  }

  /** Stops the calling actor until it is chosen; code that belongs to no actor passes. */
  async step(name?: string): Promise<void> {
    const owner = actors.getStore();
    if (owner === undefined || this.#passing.includes(name ?? owner.doing)) return;
    await new Promise<void>((resume) => {
      // The dead make no steps, even if a timer of theirs still runs.
      if (owner.killed || owner.scheduler !== this) return;
      this.#waiting.push({ actor: owner.name, name: name ?? owner.doing, owner, resume });
      this.#stop();
    });
  }

  /** Works of the calling actor that go on side by side. */
  async all<T>(works: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
    if (actors.getStore() === undefined || works.length === 0)
      return await Promise.all(works.map((work) => work()));
    let left = works.length;
    // The last of them is the one that goes on.
    this.#running += works.length - 1;
    const side = async (work: () => Promise<T>) => {
      const result = await work();
      left -= 1;
      if (left > 0) this.#stop();
      return result;
    };
    return await Promise.all(works.map(side));
  }

  /** Names the transactions that the calling actor is about to make. */
  doing(name: string): void {
    const actor = actors.getStore();
    if (actor !== undefined) actor.doing = name;
  }

  /** Runs until every actor has ended; `after` looks at the world after each step. */
  async drive(decide: Decide, after: (step: string) => void): Promise<void> {
    for (;;) {
      if (this.#running > 0) {
        await new Promise<void>((resolve) => {
          this.#allStopped = resolve;
        });
      }
      if (this.#error !== undefined) throw this.#error.thrown;
      after(this.#lastStep);
      if (this.#waiting.length === 0) return;
      const next = decide(this.#waiting);
      if (typeof next === 'number') this.#resume(next);
      else this.#kill(next.kill);
    }
  }

  /** Whatever the actors of a group were about to do will never be done, as if their process had been killed. */
  #kill(group: string): void {
    for (const { owner } of this.#waiting) if (owner.group === group) owner.killed = true;
    this.#waiting = this.#waiting.filter(({ owner }) => !owner.killed);
    this.trace.push(`${group} is killed`);
  }

  /** Ends the run with an error, from within code whose caller might swallow it. */
  report(thrown: unknown): void {
    this.#error ??= { thrown };
  }

  #resume(index: number): void {
    const [next] = this.#waiting.splice(index, 1);
    if (next === undefined) throw new Error(`There is no step ${index} to choose`);
    this.trace.push(`${next.actor}: ${next.name}`);
    this.#lastStep = next.name;
    this.#running += 1;
    next.resume();
  }

  #fail(thrown: unknown): void {
    this.report(thrown);
    this.#stop();
  }

  #stop(): void {
    this.#running -= 1;
    if (this.#running === 0) this.#allStopped();
  }
}

/** What the instruments report to, or undefined: everything runs freely. */
export interface Instruments {
  readonly scheduler: Scheduler;
  /** Called after each system call that changes what a reader sees. */
  readonly onSystemCall: () => void;
  /** Called for the time. */
  readonly now: () => number;
}

let current: Instruments | undefined;

export function useInstruments(instruments: Instruments | undefined): void {
  current = instruments;
}

const visible = ['renameSync', 'unlinkSync'] as const;

/**
 * Makes every transaction and every page's temporary files a step of the scheduler in use, and lets it look after each rename
 * and unlink. The code under test is not changed; a few functions that it calls are. Returns what undoes it.
 */
export function instrument(): () => void {
  const undo = [instrumentLock(), instrumentStage(), instrumentNow(), ...visible.map(instrumentCall)];
  syncBuiltinESMExports();
  return () => {
    for (const one of undo) one();
    syncBuiltinESMExports();
  };
}

function instrumentLock(): () => void {
  const { acquire } = WriteLock.prototype;
  WriteLock.prototype.acquire = async function acquireInTurn<T>(this: WriteLock, work: () => T): Promise<T> {
    await current?.scheduler.step();
    return (await Reflect.apply(acquire, this, [work])) as T;
  };
  return () => {
    WriteLock.prototype.acquire = acquire;
  };
}

function instrumentStage(): () => void {
  const { stage } = PageStore.prototype;
  PageStore.prototype.stage = async function stageInTurn(this: PageStore, ...given) {
    await current?.scheduler.step('temporary file');
    return await Reflect.apply(stage, this, given);
  };
  return () => {
    PageStore.prototype.stage = stage;
  };
}

function instrumentNow(): () => void {
  const now = performance.now.bind(performance);
  performance.now = () => current?.now() ?? now();
  return () => Reflect.deleteProperty(performance, 'now');
}

function instrumentCall(name: (typeof visible)[number]): () => void {
  const original = fs[name];
  Reflect.set(fs, name, (...given: unknown[]) => {
    const result: unknown = Reflect.apply(original, fs, given);
    current?.onSystemCall();
    return result;
  });
  return () => {
    Reflect.set(fs, name, original);
  };
}
