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
  /** The working directory, in which the command looks for the configuration file. */
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the streams report that they are terminals. This needs no pseudo-terminal, and works everywhere. */
  readonly isTerminal?: boolean;
  /** The width of the terminal. */
  readonly columns?: number;
  /** The text on standard input. */
  readonly input?: string;
}

export interface ProcessOptions {
  readonly folder: string;
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Options for Node itself, before the script. */
  readonly node?: readonly string[];
}

/** Makes both output streams of a process report that they are terminals. */
export const onTerminal: readonly string[] = [
  '--import',
  'data:text/javascript,process.stdout.isTTY = process.stderr.isTTY = true;',
];

/**
 * Runs a command line with only PATH from this process's environment. It runs in a process that also runs other command
 * lines, because starting a process takes longer than most commands.
 */
export async function run(words: readonly string[], options: RunOptions): Promise<Outcome> {
  const environment = { PATH: process.env.PATH, ...options.environment };
  return await runJob({ ...options, environment, words, module: program, name: 'runCommandLine' });
}

/** Runs the published command in its own process, for tests about the process, such as its input. */
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

/** Makes a folder with a configuration file, whose WEB_ROOT does not exist yet. */
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

/** Returns the error that a command with `--json` reports: the last line of standard error. */
export function errorIn({ stderr }: Outcome): Record<string, unknown> {
  const { error }: { error: Record<string, unknown> } = JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '');
  return error;
}
