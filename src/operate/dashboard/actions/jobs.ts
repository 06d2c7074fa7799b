import { setTimeout as after } from 'node:timers/promises';
import { NotDone } from '../problem-page.js';

/** The result of a job. */
export interface Outcome {
  readonly text: string;
  /** The first of the pages concerned, or why they were not done. */
  readonly first: readonly string[];
}

/** An action that was started here, and may take long. */
export interface Job {
  readonly title: string;
  readonly startedAt: number;
  readonly state: 'running' | 'done' | 'failed';
  /** The progress of a warming; `undefined` for other actions. */
  readonly progress: string | undefined;
  readonly outcome: Outcome | undefined;
  readonly error: unknown;
}

export type Work = (told: (progress: string) => void) => Promise<Outcome>;

const MAX_RUNNING = 4;
const KEPT = 10;
/** How long an answer waits for the end of a job. */
const PATIENCE_MS = 5_000;

/** The jobs of this process. It remembers the last ones. */
export class Jobs {
  #jobs: readonly Job[] = [];

  /** The newest first. */
  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  /** Starts a job. Resolves when it ends, even in failure, or after {@link PATIENCE_MS}. Rejects if too many run. */
  async run(title: string, work: Work): Promise<Job> {
    if (this.#jobs.filter(({ state }) => state === 'running').length >= MAX_RUNNING)
      throw new NotDone(503, 'Too many actions are running.', {
        remedy: 'Wait until one of them has finished.',
      });
    let job: Job = {
      ...{ title, startedAt: Date.now(), state: 'running' },
      ...{ progress: undefined, outcome: undefined, error: undefined },
    };
    const change = (changed: Partial<Job>) => {
      const before = job;
      job = { ...job, ...changed };
      this.#jobs = this.#jobs.map((one) => (one === before ? job : one));
    };
    this.#jobs = [job, ...this.#jobs].slice(0, KEPT);
    const end = work((progress) => change({ progress })).then(
      (outcome) => change({ state: 'done', outcome }),
      (error) => change({ state: 'failed', error }),
    );
    const patience = new AbortController();
    await Promise.race([
      end,
      after(PATIENCE_MS, undefined, { ref: false, signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    return job;
  }
}
