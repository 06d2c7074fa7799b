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

/** Returns the index of the waiting step that is made next. */
export type Choose = (waiting: readonly Step[]) => number;

/** Decides what is done next: a step, or the death of a group of actors. */
export type Decide = (waiting: readonly Step[]) => number | { readonly kill: string };

interface Actor {
  readonly name: string;
  readonly group: string;
  readonly scheduler: Scheduler;
  /** The name of its next transactions. */
  doing: string;
  killed: boolean;
}

/** The actor that runs the current code, and all code that it awaits. */
const actors = new AsyncLocalStorage<Actor>();

interface WaitingStep extends Step {
  readonly owner: Actor;
  readonly resume: () => void;
}

/**
 * Runs asynchronous code one step at a time. Every actor stops before each of its steps. When all have stopped, one is
 * chosen to continue. Between two steps the real code runs, unchanged.
 */
export class Scheduler {
  #waiting: WaitingStep[] = [];
  #running = 0;
  #allStopped: () => void = () => undefined;
  #error: { readonly thrown: unknown } | undefined;
  #lastStep = '';
  readonly trace: string[] = [];
  readonly #passing: readonly string[];

  /** Steps that `passing` names do not stop, for steps whose order can make no difference. */
  constructor({ passing = [] }: { readonly passing?: readonly string[] } = {}) {
    this.#passing = passing;
  }

  /**
   * Starts an actor, which runs up to its first step. If it throws, the whole run ends. Actors of one group die
   * together.
   */
  spawn(name: string, group: string, work: () => Promise<void>): void {
    this.#running += 1;
    const actor: Actor = { name, group, scheduler: this, doing: 'transaction', killed: false };
    void actors.run(actor, work).then(
      () => this.#stop(),
      (thrown) => this.#fail(thrown),
    );
  }

  /** Stops the calling actor until its step is chosen. Code that belongs to no actor does not stop. */
  async step(name?: string): Promise<void> {
    const owner = actors.getStore();
    if (owner === undefined || this.#passing.includes(name ?? owner.doing)) return;
    await new Promise<void>((resume) => {
      // A killed actor makes no steps, even if one of its timers still runs.
      if (owner.killed || owner.scheduler !== this) return;
      this.#waiting.push({ actor: owner.name, name: name ?? owner.doing, owner, resume });
      this.#stop();
    });
  }

  /** Runs several pieces of work of the calling actor concurrently. */
  async all<T>(works: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
    if (actors.getStore() === undefined || works.length === 0)
      return await Promise.all(works.map((work) => work()));
    let left = works.length;
    // The last piece of work that ends continues as the actor.
    this.#running += works.length - 1;
    const side = async (work: () => Promise<T>) => {
      const result = await work();
      left -= 1;
      if (left > 0) this.#stop();
      return result;
    };
    return await Promise.all(works.map(side));
  }

  /** Names the next transactions of the calling actor. */
  doing(name: string): void {
    const actor = actors.getStore();
    if (actor !== undefined) actor.doing = name;
  }

  /** Runs until every actor has ended. Calls `after` after each step, to check the world. */
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

  /** Drops the next steps of all actors of a group, as if their process had been killed. */
  #kill(group: string): void {
    for (const { owner } of this.#waiting) if (owner.group === group) owner.killed = true;
    this.#waiting = this.#waiting.filter(({ owner }) => !owner.killed);
    this.trace.push(`${group} is killed`);
  }

  /** Ends the run with an error. For code whose caller might swallow the error. */
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

/** What the instruments report to. If it is undefined, all code runs freely. */
export interface Instruments {
  readonly scheduler: Scheduler;
  /** Called after each system call that changes what a reader sees. */
  readonly onSystemCall: () => void;
  /** Returns the time. */
  readonly now: () => number;
}

let current: Instruments | undefined;

export function useInstruments(instruments: Instruments | undefined): void {
  current = instruments;
}

const visible = ['renameSync', 'unlinkSync'] as const;

/**
 * Makes every transaction and the temporary files of every page a step of the current scheduler, and calls
 * `onSystemCall` after each rename and unlink. This replaces a few functions that the code under test calls, not the
 * code itself. Returns the function that undoes it.
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
