import { AsyncResource } from 'node:async_hooks';
import { parentPort, Worker } from 'node:worker_threads';
import { messageOf, StaticGeneratorError } from './errors.js';

export interface TaskThreadParts<Input, Output> {
  /** The module that the thread runs; it calls {@link answerTasks} with the same function. */
  readonly module: URL;
  /** What is done with each input; both it and what comes of it are copied between the threads. */
  readonly work: (input: Input) => Output;
  /** Told why there is no thread; what is asked for is then done here, where it stops the event loop. */
  readonly onUnavailable: (error: unknown) => void;
}

/** What a thread says: that its module is loaded, and what came of each task. */
type Reply<Output> =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly output: Output }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure };

/** What is left of an error between threads, which lose its `code`. */
interface Failure {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

interface Task<Input> {
  readonly id: number;
  readonly input: Input;
}

interface PendingTask<Input, Output> {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

/** How long after a failed start the next one is tried: what was missing may have been descriptors or memory. */
const START_AGAIN_MS = 60_000;

/**
 * A thread for work that would stop the event loop, or would cost more as many small steps beside it than as one. It is
 * started with the first task, does them in their order, and keeps the process alive only while it has some.
 */
export class TaskThread<Input, Output> {
  readonly #parts: TaskThreadParts<Input, Output>;
  readonly #pending = new Map<number, PendingTask<Input, Output>>();
  /** The thread belongs to no request, whichever one it is started by: nothing of that is kept alive by it. */
  readonly #scope = new AsyncResource('StaticGeneratorThread');
  #worker: Worker | undefined;
  #isReady = false;
  #lastId = 0;
  #startAgainAt = 0;
  #closed = false;

  constructor(parts: TaskThreadParts<Input, Output>) {
    this.#parts = parts;
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
      this.#lastId += 1;
      this.#pending.set(this.#lastId, { input, resolve, reject });
      worker.ref();
      worker.postMessage({ id: this.#lastId, input } satisfies Task<Input>);
    });
  }

  /** Ends the thread. What it was asked for by then and has not done is rejected. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
    this.#scope.emitDestroy();
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
    // What the app preloads is not meant for a thread of ours, whether it was told by argument or environment.
    const worker = new Worker(this.#parts.module, { execArgv: [], env: {}, name: 'staticgenerator' });
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
    const task = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (this.#pending.size === 0) worker.unref();
    if (reply.kind === 'done') task?.resolve(reply.output);
    else task?.reject(Object.assign(new Error(reply.failure.message), reply.failure.fields));
  }

  /** A task that a thread has died of must not be done here; where none could be started, it may. */
  #ended(error: unknown): void {
    const tasks = [...this.#pending.values()];
    const hadStarted = this.#isReady || this.#closed;
    this.#pending.clear();
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

/** The other end, in the module of a {@link TaskThread}: does its tasks, one after the other. */
export function answerTasks<Input, Output>(work: (input: Input) => Output): void {
  const reply = (message: Reply<Output>) => parentPort?.postMessage(message);
  parentPort?.on('message', ({ id, input }: Task<Input>) => {
    try {
      reply({ kind: 'done', id, output: work(input) });
    } catch (error) {
      reply({ kind: 'failed', id, failure: failureOf(error) });
    }
  });
  reply({ kind: 'ready' });
}

function failureOf(error: unknown): Failure {
  const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
  const own = Object.entries(error instanceof Error ? { stack: error.stack, ...error } : {});
  return { message: messageOf(error), fields: Object.fromEntries(own.filter(([, value]) => isPlain(value))) };
}
