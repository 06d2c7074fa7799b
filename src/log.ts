import { createRequire } from 'node:module';

/** Loads pino, for sites that have no logger of their own; most commands do not load it. */
const loadPino: () => typeof import('pino') = () => createRequire(import.meta.url)('pino');

type LogMethod = (fields: object, message: string) => void;

/** The part of pino's interface that is used; any logger with these methods works. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
}

const methods = ['debug', 'info', 'warn', 'error'] as const;

export function isLogger(value: unknown): value is Logger {
  if (typeof value !== 'object' || value === null) return false;
  return methods.every((method) => typeof Reflect.get(value, method) === 'function');
}

/** Creates the default logger. It writes JSON lines to standard error, apart from the output of a command. */
export function createLogger(): Logger {
  const { destination, pino } = loadPino();
  return pino({ name: 'staticgenerator', level: 'info' }, destination({ dest: 2, sync: true }));
}

const nothing: LogMethod = () => undefined;

/** A logger that writes nothing. */
export const silentLogger: Logger = Object.freeze({
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
});

/**
 * Logs a fault that occurs again and again, such as a full disk, once. The first is a warning, repetitions are counted
 * (level `debug`), and when the work succeeds again, a line says so with that count.
 */
export class FaultLog {
  readonly #logger: Logger;
  readonly #repeated = new Map<string, number>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  report(kind: string, error: unknown, fields: object, message: string): void {
    const repeated = this.#repeated.get(kind);
    this.#repeated.set(kind, repeated === undefined ? 0 : repeated + 1);
    if (repeated === undefined) this.#logger.warn({ ...fields, fault: kind, err: error }, message);
    else this.#logger.debug({ ...fields, fault: kind, err: error, repeated: repeated + 1 }, message);
  }

  /** Call this when the work that failed has succeeded. */
  recovered(): void {
    if (this.#repeated.size === 0) return;
    for (const [fault, repeated] of this.#repeated)
      this.#logger.info({ fault, repeated }, 'works again after a fault');
    this.#repeated.clear();
  }
}

/** The most reasons that are remembered, so that each is logged once. Further reasons are not logged. */
const MAX_REASONS = 1_000;

/** Warns of each reason once. */
export class OnceLog {
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #told = new Set<string>();

  constructor(logger: Pick<Logger, 'warn'>) {
    this.#logger = logger;
  }

  warn(reason: string, message: string): void {
    const text = `${message}: ${reason}`;
    if (this.#told.has(text) || this.#told.size >= MAX_REASONS) return;
    this.#told.add(text);
    this.#logger.warn({ reason }, message);
  }
}
