import { styleText } from 'node:util';
import { messageOf, systemErrorCode } from '../../errors.js';

/** A text stream that may be a terminal, as `process.stdout` is. */
export interface TextStream {
  readonly isTTY?: boolean;
  /** Of a terminal: how many cells a line has. */
  readonly columns?: number;
  write(text: string, callback: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export interface OutputParts {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** Whether the command line asks for JSON: then each stream carries nothing else. */
  readonly json: boolean;
  readonly environment: NodeJS.ProcessEnv;
}

/** A write at a time costs too much for each line, and too much memory for all of them. */
const BATCH_LINES = 1000;

type Style = 'bold' | 'dim' | 'red' | 'yellow' | 'green';

/** The two streams of a command: results go to standard output, all that is said about the work to standard error. */
export class Output {
  readonly json: boolean;
  /** Whether a person reads the results on a terminal, and not a file or another program. */
  readonly isForPeople: boolean;
  /** How many cells a line of results has; without end where no terminal shows it. */
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

  /** Whether nobody reads the results any more, as when `head` has enough. */
  get hasNoReader(): boolean {
    return this.#stdout.hasEnded;
  }

  /** Writes to standard output; resolves when the text has left, so that a slow reader slows the writer. */
  async write(text: string): Promise<void> {
    await this.#stdout.write(text);
  }

  /** Writes any number of lines, some at a time; stops making them when the reader has gone. */
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

  /** Colours a part of a result, on a terminal. */
  style(style: Style, text: string): string {
    return this.#stdout.style(style, text);
  }

  /** Tells a person something that is no result; a program that asked for JSON sees it in the result. */
  async notice(text: string): Promise<void> {
    if (!this.json) await this.#stderr.write(`${text}\n`);
  }

  /** Tells of trouble on standard error: `error: …`, or in JSON a line of its own. */
  async problem(kind: 'error' | 'warning' | 'log', text: string, fields: object): Promise<void> {
    if (this.json) await this.#stderr.write(`${JSON.stringify({ [kind]: fields }, errorsAsData)}\n`);
    else await this.#stderr.write(`${this.#stderr.style(styleOf[kind], `${kind}:`)} ${text}\n`);
  }
}

/** JSON knows no errors: without this, whatever was thrown would be `{}`. */
function errorsAsData(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const code = systemErrorCode(value);
  return { ...(code === undefined ? {} : { code }), message: messageOf(value) };
}

const styleOf = { error: 'red', warning: 'yellow', log: 'dim' } as const;

class Channel {
  /** Whether the reader has gone, as `head` does when it has enough. The work goes on; its output need not. */
  hasEnded = false;
  readonly #stream: TextStream;
  readonly #coloured: boolean;
  /** Nobody is left to tell that it failed. */
  readonly #isLastResort: boolean;

  constructor(
    stream: TextStream,
    environment: NodeJS.ProcessEnv,
    { isLastResort }: { isLastResort: boolean },
  ) {
    this.#stream = stream;
    this.#isLastResort = isLastResort;
    // https://no-color.org: any value but the empty one.
    this.#coloured = stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb';
    // Each failure is also told to the write that failed, which deals with it.
    stream.on('error', () => undefined);
  }

  style(style: Style, text: string): string {
    // Left to itself, styleText asks about standard output, whichever stream the text is for.
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
