import { styleText } from 'node:util';
import { messageOf, systemErrorCode } from '../../errors.js';

/** A text stream that may be a terminal, as `process.stdout` is. */
export interface TextStream {
  readonly isTTY?: boolean;
  /** The width of a terminal, in cells. */
  readonly columns?: number;
  write(text: string, callback: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface OutputParts {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** Whether the command line asks for JSON: then each stream contains only JSON. */
  readonly json: boolean;
  readonly environment: NodeJS.ProcessEnv;
}

/** Lines in one write. One write for each line costs too much time; one write for all costs too much memory. */
const BATCH_LINES = 1000;

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green';

/** The two streams of a command: results go to standard output, messages about the work to standard error. */
export class Output {
  readonly json: boolean;
  /** Whether a person reads the results on a terminal, and not a file or another program. */
  readonly isForPeople: boolean;
  /** The width of a line of results, in cells; infinite if it is not shown on a terminal. */
  readonly width: number;
  readonly #stdout: Channel;
  readonly #stderr: Channel;

  constructor({ stdout, stderr, json, environment }: OutputParts) {
    this.json = json;
    this.isForPeople = stdout.isTTY === true;
    this.width = (this.isForPeople ? stdout.columns : undefined) ?? Infinity;
    this.#stdout = new Channel(stdout, environment, { isLastResort: false });
    this.#stderr = new Channel(stderr, environment, { isLastResort: true });
  }

  /** Whether the reader of the results has gone, as `head` does when it has enough. */
  get hasNoReader(): boolean {
    return this.#stdout.hasEnded;
  }

  /** Writes to standard output. Resolves when the text has been written, so that a slow reader slows the writer. */
  async write(text: string): Promise<void> {
    await this.#stdout.write(text);
  }

  /** Writes any number of lines, in batches. Stops when the reader has gone. */
  async lines(lines: Iterable<string>): Promise<void> {
    let batch: string[] = [];
    const flush = async () => {
      if (batch.length > 0) await this.write(`${batch.join('\n')}\n`);
      batch = [];
    };
    for (const line of lines) {
      batch.push(line);
      if (batch.length === BATCH_LINES) await flush();
      if (this.#stdout.hasEnded) return;
    }
    await flush();
  }

  /** Writes the one JSON document of a command. */
  async document(value: unknown): Promise<void> {
    await this.write(`${JSON.stringify(value, errorsAsData, 2)}\n`);
  }

  /** Colors a part of a result, on a terminal. */
  style(style: Style, text: string): string {
    return this.#stdout.style(style, text);
  }

  /** Prints a message that is no result. With JSON it prints nothing, because the result contains the same. */
  async notice(text: string): Promise<void> {
    if (!this.json) await this.#stderr.write(`${text}\n`);
  }

  /** Reports a problem on standard error: `error: …`, or with JSON an object on a line of its own. */
  async problem(kind: 'error' | 'warning' | 'log', text: string, fields: object): Promise<void> {
    if (this.json) await this.#stderr.write(`${JSON.stringify({ [kind]: fields }, errorsAsData)}\n`);
    else await this.#stderr.write(`${this.#stderr.style(styleOf[kind], `${kind}:`)} ${text}\n`);
  }
}

/** Converts errors for JSON, which would print them as `{}`. */
function errorsAsData(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const code = systemErrorCode(value);
  return { ...(code === undefined ? {} : { code }), message: messageOf(value) };
}

const styleOf = { error: 'red', warning: 'yellow', log: 'dim' } as const;

class Channel {
  /** Whether the reader has gone, as `head` does when it has enough. The work then continues without output. */
  hasEnded = false;
  readonly #stream: TextStream;
  readonly #coloured: boolean;
  /** Whether errors of this stream are ignored, because no other stream is left to report them. */
  readonly #isLastResort: boolean;

  constructor(
    stream: TextStream,
    environment: NodeJS.ProcessEnv,
    { isLastResort }: { isLastResort: boolean },
  ) {
    this.#stream = stream;
    this.#isLastResort = isLastResort;
    // https://no-color.org: any value except the empty one.
    this.#coloured = stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
    // The callback of each write gets its error too, and handles it.
    stream.on('error', () => undefined);
  }

  style(style: Style, text: string): string {
    // By default, styleText checks standard output, whichever stream the text is for.
    return this.#coloured ? styleText(style, text, { validateStream: false }) : text;
  }

  write(text: string): Promise<void> {
    if (this.hasEnded) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#stream.write(text, (error) => {
        if (error === null || error === undefined) return resolve();
        if (systemErrorCode(error) !== 'EPIPE' && !this.#isLastResort) return reject(error);
        this.hasEnded = true;
        resolve();
      });
    });
  }
}
