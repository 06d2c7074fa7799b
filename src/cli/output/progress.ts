import { createRequire } from 'node:module';

/** Loaded where a bar is shown. */
const loadBars: () => typeof import('cli-progress') = () => createRequire(import.meta.url)('cli-progress');

/** Shows how far long work has come. */
export interface Progress {
  /** Sets how much there is to do, as far as that is known by now. */
  setTotal(total: number): void;
  /** Tells that some of it is done. */
  advance(by?: number): void;
  /** Tells both at once, for work that counts by itself. */
  show(progress: { readonly total: number; readonly done: number }): void;
  /** Leaves the terminal as it was. */
  stop(): void;
}

export interface ProgressParts {
  /** What is done, as a verb: `rendering`. */
  readonly label: string;
  /** What is counted: `pages`. */
  readonly unit: string;
  readonly stream: NodeJS.WriteStream;
}

const REDRAWS_PER_SECOND = 10;

/**
 * A bar with rate and remaining time, on a terminal; nothing in a pipe, and nothing where a program asked for JSON, since
 * `isShown` is false there. It goes to standard error: results stay clean.
 */
export function createProgress({ label, unit, stream }: ProgressParts, isShown: boolean): Progress {
  if (!isShown || !stream.isTTY) return silent;
  const { Presets, SingleBar } = loadBars();
  const startedAt = performance.now();
  let done = 0;
  const rate = () => Math.round((done * 1000) / Math.max(1, performance.now() - startedAt));
  const bar = new SingleBar(
    {
      stream,
      fps: REDRAWS_PER_SECOND,
      clearOnComplete: true,
      hideCursor: true,
      etaBuffer: 100,
      format: `${label} {bar} {value}/{total} ${unit}, {rate}/s, {eta_formatted} left`,
    },
    Presets.shades_classic,
  );
  bar.start(0, 0, { rate: 0 });
  return {
    setTotal: (total) => bar.setTotal(total),
    advance: (by = 1) => {
      done += by;
      bar.increment(by, { rate: rate() });
    },
    show: ({ total, done: given }) => {
      done = given;
      bar.setTotal(total);
      bar.update(done, { rate: rate() });
    },
    stop: () => bar.stop(),
  };
}

const silent: Progress = {
  setTotal: () => undefined,
  advance: () => undefined,
  show: () => undefined,
  stop: () => undefined,
};
