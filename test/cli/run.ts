import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../helpers/temporary.js';

export const binary = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** The working directory, which is where the configuration file is looked for. */
  readonly folder: string;
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Options of Node itself, before the script. */
  readonly node?: readonly string[];
}

/** Makes both streams say that they are terminals, which needs no pseudo-terminal and is the same everywhere. */
export const onTerminal: readonly string[] = [
  '--import',
  'data:text/javascript,process.stdout.isTTY = process.stderr.isTTY = true;',
];

/** Runs the command that is published, in a process of its own, with nothing of this one's environment but PATH. */
export async function run(words: readonly string[], options: RunOptions): Promise<Outcome> {
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
export async function siteFolder(options: object = {}): Promise<{ folder: string; webRoot: string }> {
  const folder = await temporaryFolder();
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
