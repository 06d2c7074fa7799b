import { AsyncResource } from 'node:async_hooks';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { messageOf, StaticGeneratorError } from './errors.js';

export interface TaskThreadParts<Input, Output> {
  /** The module that the thread runs; it calls {@link answerTasks} with the same function. */
  readonly module: URL;
  /** What is done with each input; both it and what comes of it are copied between the threads. */
  readonly work: (input: Input) => Output;
  /** Told why there is no thread; what is asked for is then done here, where it stops the event loop. */
  readonly onUnavailable: (error: unknown) => void;
  /** Whether what it has done means nothing to what it does next, so that it may be left to another site. Default: false. */
  readonly isStateless?: boolean;
  /**
   * How long a task may wait for others that are handed over with it, and a result for the next, in milliseconds. For work
   * of which nobody waits for a part. Default: 0, they do not.
   */
  readonly gatherMs?: number;
}

/** What a thread says: that its module is loaded, and what came of the next tasks that it has. */
type Reply<Output> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly results: readonly Result<Output>[] };

type Result<Output> = { readonly output: Output } | { readonly failure: Failure };

/** What is left of an error between threads, which lose its `code`. */
interface Failure {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

interface Task<Input, Output> {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

/** How long a thread without state that is needed no more waits for who needs one like it: a site that is opened when another is closed. */
const KEEP_IDLE_MS = 10_000;
/** One for each module, since to start one costs more than most of what it is started for. */
const idle = new Map<string, Worker>();

/** How long after a failed start the next one is tried: what was missing may have been descriptors or memory. */
const START_AGAIN_MS = 60_000;

/**
 * A thread for work that would stop the event loop, or would cost more as many small steps beside it than as one. It is
 * started with the first task, does them in their order, and keeps the process alive only while it has some. To wake a
 * thread costs as much as a small task: while it has some, others are kept, and then handed over together.
 */
export class TaskThread<Input, Output> {
  readonly #parts: TaskThreadParts<Input, Output>;
  readonly #gatherMs: number;
  /** What the thread has, and what it will get when it has done that; both in their order. */
  readonly #underWay: Task<Input, Output>[] = [];
  readonly #waiting: Task<Input, Output>[] = [];
  /** The thread belongs to no request, whichever one it is started by: nothing of that is kept alive by it. */
  readonly #scope = new AsyncResource('StaticGeneratorThread');
  #worker: Worker | undefined;
  #gathering: NodeJS.Timeout | undefined;
  /** What has come of tasks since the event loop last turned. */
  readonly #done: (() => void)[] = [];
  #isReady = false;
  #startAgainAt = 0;
  #closed = false;

  constructor(parts: TaskThreadParts<Input, Output>) {
    this.#parts = parts;
    this.#gatherMs = parts.gatherMs ?? 0;
  }

  /** Rejects with what the work has thrown, its `code` included, and if the thread died of it. */
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

  /** Ends the thread, or leaves it to the next. What it was asked for by then and has not done is rejected. */
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
      // What cannot be copied for another thread.
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
    // What the app preloads is not meant for a thread of ours, whether it was told by argument or environment.
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
    // Replies that came together are told of together: whoever uses them can do the next step for all of them at once.
    if (this.#done.length === 0) setImmediate(() => this.#done.splice(0).forEach((tell) => void tell()));
    for (const result of reply.results) this.#done.push(settling(result, this.#underWay.shift()));
    if (this.#underWay.length > 0) return;
    if (this.#waiting.length > 0) this.#handOverSoon(worker);
    else worker.unref();
  }

  /** A task that a thread has died of must not be done here; where none could be started, it may. */
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

/** Whether it is kept: one is enough. It keeps no process from its end, as it is given nothing to do. */
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

/** Takes our listeners from it, and none of Node's own. */
function leave(worker: Worker): void {
  for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
}

/** The one that is kept, for its next user; undefined if there is none, or another one. */
function takeIdle(key: string, expected = idle.get(key)): Worker | undefined {
  if (expected === undefined || idle.get(key) !== expected) return undefined;
  idle.delete(key);
  leave(expected);
  return expected;
}

/** The other end, in the module of a {@link TaskThread}: does its tasks, one after the other. */
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
