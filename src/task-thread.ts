import { AsyncResource } from 'node:async_hooks';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { messageOf, StaticGeneratorError } from './errors.js';

export interface TaskThreadParts<Input, Output> {
  /** The module that the thread runs; it calls {@link answerTasks} with the same function. */
  readonly module: URL;
  /** What is done with each input. Inputs and results are copied between the threads. */
  readonly work: (input: Input) => Output;
  /** Is called with the reason if there is no thread. Tasks are then done here, and block the event loop. */
  readonly onUnavailable: (error: unknown) => void;
  /** Whether no task depends on the ones before, so that another site may take over the thread. Default: false. */
  readonly isStateless?: boolean;
  /**
   * How long a task may wait for others that are handed over with it, and a result for the next one, in milliseconds.
   * For work where no caller waits for a part of it. Default: 0, no waiting.
   */
  readonly gatherMs?: number;
}

/** A message of the thread: that its module is loaded, or the results of the next tasks that it has. */
type Reply<Output> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly results: readonly Result<Output>[] };

type Result<Output> = { readonly output: Output } | { readonly failure: Failure };

/** What is copied of an error between threads. The error itself would lose its `code`. */
interface Failure {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

interface Task<Input, Output> {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

/** How long an idle thread without state is kept for the next user: a site that is opened when another is closed. */
const KEEP_IDLE_MS = 10_000;
/** One for each module, because starting a thread costs more than most of the work that it is started for. */
const idle = new Map<string, Worker>();

/** How long after a failed start the next one is tried: descriptors or memory may have been missing. */
const START_AGAIN_MS = 60_000;

/**
 * A thread for work that would block the event loop, or that would cost more as many small steps of the event loop. The
 * first task starts it. It does tasks in their order, and keeps the process alive only while it has some. Waking it
 * costs as much as a small task. So while it has tasks, others wait, and are then handed over together.
 */
export class TaskThread<Input, Output> {
  readonly #parts: TaskThreadParts<Input, Output>;
  readonly #gatherMs: number;
  /** The tasks that the thread has, and those that it gets when it has done these; both in their order. */
  readonly #underWay: Task<Input, Output>[] = [];
  readonly #waiting: Task<Input, Output>[] = [];
  /** The thread belongs to no request, whichever request starts it, and keeps nothing of a request alive. */
  readonly #scope = new AsyncResource('StaticGeneratorThread');
  #worker: Worker | undefined;
  #gathering: NodeJS.Timeout | undefined;
  /** Settle the tasks that were done since the event loop last turned. */
  readonly #done: (() => void)[] = [];
  #isReady = false;
  #startAgainAt = 0;
  #closed = false;

  constructor(parts: TaskThreadParts<Input, Output>) {
    this.#parts = parts;
    this.#gatherMs = parts.gatherMs ?? 0;
  }

  /** Rejects with what the work has thrown, including its `code`, or with the reason if the thread died. */
  run(input: Input): Promise<Output> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new StaticGeneratorError('ERR_CLOSED', 'The thread has been closed');
      const worker = this.#worker ?? this.#tryStart();
      if (worker === undefined) {
        resolve(this.#parts.work(input));
        return;
      }
      this.#waiting.push({ input, resolve, reject });
      this.#handOverSoon(worker);
    });
  }

  /** Stops the thread, or keeps it for the next site. Rejects the tasks that are not done. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    const isAtRest = this.#isReady && this.#underWay.length === 0 && this.#waiting.length === 0;
    const mayBeKept = this.#parts.isStateless === true && isAtRest;
    if (worker !== undefined && !(mayBeKept && keepIdle(this.#key, worker))) await worker.terminate();
    this.#scope.emitDestroy();
  }

  get #key(): string {
    return `${this.#gatherMs} ${this.#parts.module.href}`;
  }

  #handOverSoon(worker: Worker): void {
    if (this.#underWay.length > 0 || this.#gathering !== undefined) return;
    if (this.#gatherMs === 0) this.#handOver(worker);
    else this.#gathering = setTimeout(() => this.#handOver(worker), this.#gatherMs);
  }

  #handOver(worker: Worker): void {
    this.#gathering = undefined;
    const tasks = this.#waiting.splice(0);
    this.#underWay.push(...tasks);
    try {
      worker.ref();
      worker.postMessage(tasks.map(({ input }) => input));
    } catch (error) {
      // An input cannot be copied to another thread.
      worker.unref();
      for (const { reject } of this.#underWay.splice(0)) reject(error);
    }
  }

  #tryStart(): Worker | undefined {
    if (performance.now() < this.#startAgainAt) return undefined;
    try {
      return this.#scope.runInAsyncScope(() => this.#start());
    } catch (error) {
      this.#cannotStart(error);
      return undefined;
    }
  }

  #start(): Worker {
    const kept = this.#parts.isStateless === true ? takeIdle(this.#key) : undefined;
    // Modules that arguments or the environment preload for the app are not meant for our thread.
    const worker =
      kept ??
      new Worker(this.#parts.module, {
        ...{ execArgv: [], env: {}, name: 'staticgenerator' },
        workerData: { gatherMs: this.#gatherMs },
      });
    this.#isReady = kept !== undefined;
    let failure: unknown;
    worker.on('message', (reply: Reply<Output>) => this.#take(reply, worker));
    worker.on('error', (error) => {
      failure = error;
    });
    worker.on('exit', () => this.#ended(failure ?? new Error('The thread has ended')));
    this.#worker = worker;
    return worker;
  }

  #take(reply: Reply<Output>, worker: Worker): void {
    if (reply.kind === 'ready') {
      this.#isReady = true;
      return;
    }
    // Results that came together are passed on together, so that callers can do the next step for all of them at once.
    if (this.#done.length === 0) setImmediate(() => this.#done.splice(0).forEach((tell) => void tell()));
    for (const result of reply.results) this.#done.push(settling(result, this.#underWay.shift()));
    if (this.#underWay.length > 0) return;
    if (this.#waiting.length > 0) this.#handOverSoon(worker);
    else worker.unref();
  }

  /** A task that killed its thread must not be done here. If no thread could be started, its tasks are done here. */
  #ended(error: unknown): void {
    const tasks = [...this.#underWay.splice(0), ...this.#waiting.splice(0)];
    const hadStarted = this.#isReady || this.#closed;
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    this.#worker = undefined;
    this.#isReady = false;
    if (!hadStarted) this.#cannotStart(error);
    for (const { input, resolve, reject } of tasks) {
      if (hadStarted) reject(error);
      else new Promise<Output>((done) => done(this.#parts.work(input))).then(resolve, reject);
    }
  }

  #cannotStart(error: unknown): void {
    this.#startAgainAt = performance.now() + START_AGAIN_MS;
    this.#parts.onUnavailable(error);
  }
}

function settling<Input, Output>(result: Result<Output>, task?: Task<Input, Output>): () => void {
  if ('output' in result) return () => task?.resolve(result.output);
  const { message, fields } = result.failure;
  return () => task?.reject(Object.assign(new Error(message), fields));
}

/** Keeps one thread for each key; returns whether it kept this one. Without tasks, it keeps no process alive. */
function keepIdle(key: string, worker: Worker): boolean {
  if (idle.has(key)) return false;
  leave(worker);
  idle.set(key, worker);
  const timer = setTimeout(() => void takeIdle(key, worker)?.terminate(), KEEP_IDLE_MS).unref();
  const forget = () => {
    clearTimeout(timer);
    takeIdle(key, worker);
  };
  worker.once('error', forget).once('exit', forget);
  return true;
}

/** Removes our listeners from a thread; Node's own stay. */
function leave(worker: Worker): void {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
}

/** Takes the kept thread, for its next user; `undefined` if there is none, or not the expected one. */
function takeIdle(key: string, expected = idle.get(key)): Worker | undefined {
  if (expected === undefined || idle.get(key) !== expected) return undefined;
  idle.delete(key);
  leave(expected);
  return expected;
}

/** Does the tasks of a {@link TaskThread}, one after the other: the other end, which its module calls. */
export function answerTasks<Input, Output>(work: (input: Input) => Output): void {
  const reply = (message: Reply<Output>) => parentPort?.postMessage(message);
  const gatherMs: number = workerData?.gatherMs ?? 0;
  parentPort?.on('message', (inputs: readonly Input[]) => {
    let results: Result<Output>[] = [];
    let repliedAt = performance.now();
    for (const [index, input] of inputs.entries()) {
      results.push(resultOf(work, input));
      const isLast = index === inputs.length - 1;
      if (!isLast && performance.now() - repliedAt < gatherMs) continue;
      reply({ kind: 'done', results });
      results = [];
      repliedAt = performance.now();
    }
  });
  reply({ kind: 'ready' });
}

function resultOf<Input, Output>(work: (input: Input) => Output, input: Input): Result<Output> {
  try {
    return { output: work(input) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

function failureOf(error: unknown): Failure {
  const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
  const own = Object.entries(error instanceof Error ? { stack: error.stack, ...error } : {});
  return { message: messageOf(error), fields: Object.fromEntries(own.filter(([, value]) => isPlain(value))) };
}
