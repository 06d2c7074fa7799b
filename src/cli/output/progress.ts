import { createRequire } from 'node:module';

/** Loads cli-progress, only if a bar is shown. */
const loadBars: () => typeof import('cli-progress') = () => createRequire(import.meta.url)('cli-progress');

/** Shows the progress of long work. */
export interface Progress {
  /** Sets how much there is to do. Called again when more is known. */
  setTotal(total: number): void;
  /** Reports that a part of it is done. */
  advance(by?: number): void;
  /** Sets both numbers at once, for work that counts by itself. */
  show(progress: { readonly total: number; readonly done: number }): void;
  /** Removes the bar, and restores the terminal. */
  stop(): void;
}

export interface ProgressParts {
  /** The work as a verb: `rendering`. */
  readonly label: string;
  /** What is counted: `pages`. */
  readonly unit: string;
  readonly stream: NodeJS.WriteStream;
}

const REDRAWS_PER_SECOND = 10;

/**
 * Creates a bar with rate and remaining time, on a terminal. In a pipe, or with JSON (`isShown` is false), it shows
 * nothing. The bar goes to standard error, so results stay clean.
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
