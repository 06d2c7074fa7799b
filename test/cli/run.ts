import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Outcome, runJob } from '../helpers/process/jobs.js';
import { type Cleanup, temporaryFolder } from '../helpers/temporary.js';

export type { Outcome } from '../helpers/process/jobs.js';

export const binary = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const program = new URL('../../dist/cli/program.js', import.meta.url).href;

export interface RunOptions {
  /** The working directory, which is where the configuration file is looked for. */
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the streams say that they are terminals, which needs no pseudo-terminal and is the same everywhere. */
  readonly isTerminal?: boolean;
  /** How wide the terminal is. */
  readonly columns?: number;
  /** What is on standard input. */
  readonly input?: string;
}

export interface ProcessOptions {
  readonly folder: string;
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Options of Node itself, before the script. */
  readonly node?: readonly string[];
}

/** Makes both streams of a process say that they are terminals. */
export const onTerminal: readonly string[] = [
  '--import',
  'data:text/javascript,process.stdout.isTTY = process.stderr.isTTY = true;',
];

/**
 * Runs a command line with nothing of this process's environment but PATH, in a process that runs others before and after
 * it: starting one takes longer than most commands.
 */
export async function run(words: readonly string[], options: RunOptions): Promise<Outcome> {
  const environment = { PATH: process.env.PATH, ...options.environment };
  return await runJob({ ...options, environment, words, module: program, name: 'runCommandLine' });
}

/** Runs the command that is published, in a process of its own: for what is about a process, such as its input. */
export async function runProcess(words: readonly string[], options: ProcessOptions): Promise<Outcome> {
  const { folder, input = '', environment = {}, node = [] } = options;
  const child = spawn(process.execPath, [...node, binary, ...words], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...environment },
  });
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: child.exitCode, stdout, stderr };
}

/** A folder with a configuration file in it, whose WEB_ROOT is not made yet. */
export async function siteFolder(
  options: object = {},
  atEnd?: (cleanup: Cleanup) => void,
): Promise<{ folder: string; webRoot: string }> {
  const folder = await temporaryFolder(atEnd);
  const webRoot = join(folder, 'pages');
  await writeConfig(folder, { webRoot, urls: ['^/'], ...options });
  return { folder, webRoot };
}

export async function writeConfig(folder: string, options: object): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'staticgenerator.config.json'), JSON.stringify(options));
}

/** The one error that a command with `--json` tells, which is the last line of standard error. */
export function errorIn({ stderr }: Outcome): Record<string, unknown> {
  const { error }: { error: Record<string, unknown> } = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '');
  return error;
}
