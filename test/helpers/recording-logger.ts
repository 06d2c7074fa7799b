import { EventEmitter, once } from 'node:events';
import type { Logger } from '../../src/log.js';
import { PATIENCE_MS } from './patience.js';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A logger that keeps its lines and lets a test wait for one, instead of sleeping. */
export class RecordingLogger implements Logger {
  readonly lines: LogLine[] = [];
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  readonly debug = (fields: object, message: string) => this.#add('debug', fields, message);
  readonly info = (fields: object, message: string) => this.#add('info', fields, message);
  readonly warn = (fields: object, message: string) => this.#add('warn', fields, message);
  readonly error = (fields: object, message: string) => this.#add('error', fields, message);

  /** Returns the first line from index `from` on that fits. Waits for it if it is not there yet. */
  async waitFor(fits: (line: LogLine) => boolean, from = 0): Promise<LogLine> {
    for (let index = from; ; index += 1) {
      if (index >= this.lines.length)
        await once(this.#emitter, 'line', { signal: AbortSignal.timeout(PATIENCE_MS) });
      const line = this.lines[index];
      if (line !== undefined && fits(line)) return line;
    }
  }

  #add(level: LogLine['level'], fields: object, message: string): void {
    this.lines.push({ level, message, fields: { ...fields } });
    this.#emitter.emit('line');
  }
}
