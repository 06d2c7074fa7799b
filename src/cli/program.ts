import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { exitCodes, reportFailure, UsageError } from './output/failure.js';
import { Output } from './output/output.js';
import { type GlobalOptions, Session } from './session.js';

/** Adds one command to the program; a command is one file and one line below. */
export type AddCommand = (program: Command, session: Session) => void;

/** By name, in the order of the help. A command is loaded when it is asked for, because some load a whole exporter. */
const commands: ReadonlyMap<string, () => Promise<AddCommand>> = new Map([
  ['nginx', async () => (await import('./commands/nginx.js')).addNginx],
  ['apache', async () => (await import('./commands/apache.js')).addApache],
  ['caddy', async () => (await import('./commands/caddy.js')).addCaddy],
  ['delete', async () => (await import('./commands/delete.js')).addDelete],
  ['publish', async () => (await import('./commands/publish.js')).addPublish],
  ['warm', async () => (await import('./commands/warm.js')).addWarm],
  ['verify', async () => (await import('./commands/verify.js')).addVerify],
  ['watch', async () => (await import('./commands/watch.js')).addWatch],
  ['list', async () => (await import('./commands/list.js')).addList],
  ['why', async () => (await import('./commands/why.js')).addWhy],
  ['serve-api', async () => (await import('./commands/serve-api.js')).addServeApi],
  ['stats', async () => (await import('./commands/stats.js')).addStats],
  ['hosts', async () => (await import('./commands/hosts.js')).addHosts],
  ['doctor', async () => (await import('./commands/doctor.js')).addDoctor],
  ['export', async () => (await import('./commands/export.js')).addExport],
  ['deploy', async () => (await import('./commands/deploy.js')).addDeploy],
  ['collect', async () => (await import('./commands/collect.js')).addCollect],
  ['find', async () => (await import('./commands/find.js')).addFind],
  ['postgres-triggers', async () => (await import('./commands/postgres-triggers.js')).addPostgresTriggers],
]);

/** In a pipe, in characters. */
const HELP_WIDTH = 100;

const HELP = `
Exit codes:
  0  success
  1  the work failed; the reason is on standard error
  2  wrong usage or configuration; nothing was done

Examples:
  $ staticgenerator nginx --listen 80 --upstream 127.0.0.1:3000 --server-name blog.example
  $ staticgenerator delete /posts/hello '/tags/**'
  $ staticgenerator list '/posts/**'`;

/** Runs one command line; resolves to its exit code when all output has left. */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  const { stdout, stderr, env: environment } = process;
  const output = new Output({ stdout, stderr, environment, json: asksForJson(words) });
  const texts: string[] = [];
  const program = await createProgram(words, output, texts);
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCodes.success;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) {
      await output.write(texts.join(''));
      return exitCodes.success;
    }
    const { verbose = false } = program.opts<GlobalOptions>();
    return await reportFailure(asUsageError(error, program), {
      output,
      verbose,
      help: helpFor(words, program),
    });
  }
}

/** Known before the words are parsed: what is wrong with them is told in JSON too. */
function asksForJson(words: readonly string[]): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end === -1 ? words.length : end).includes('--json');
}

async function createProgram(words: readonly string[], output: Output, texts: string[]): Promise<Command> {
  const program = new Command('staticgenerator')
    .description('Keeps the pages of an Express site as files that nginx serves.')
    .version(ownVersion(), '--version', 'print the version')
    .helpOption('--help', 'show this help')
    .option(
      '--config <file>',
      'the configuration file (default: staticgenerator.config.{ts,js,mjs,cjs,json} here)',
    )
    .option('--json', 'print one JSON document; errors are JSON too, on standard error')
    .option('--verbose', 'log every step, and show stacks of errors, on standard error')
    .configureHelp({ showGlobalOptions: true })
    // Collected, and written where it is known to what end: commander would not wait for it to leave.
    .configureOutput({
      writeOut: (text) => texts.push(text),
      writeErr: () => undefined,
      getOutHelpWidth: () => process.stdout.columns ?? HELP_WIDTH,
    })
    .addHelpText('after', HELP)
    .exitOverride();
  const session = new Session(output, () => program.opts<GlobalOptions>());
  for (const load of neededFor(words)) (await load())(program, session);
  return program;
}

/** The command that the line begins with; all of them for any other line, as its help or its error names them. */
function neededFor(words: readonly string[]) {
  const first = words.find((word) => !word.startsWith('-')) ?? '';
  const named = commands.get(first);
  return named === undefined ? commands.values() : [named];
}

function ownVersion(): string {
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  return version;
}

function asUsageError(error: unknown, program: Command): unknown {
  if (!(error instanceof CommanderError)) return error;
  const names = program.commands.map((command) => command.name()).join(', ');
  if (error.code === 'commander.help') return new UsageError(`Expected a command (${names}), got none`);
  return new UsageError(error.message.replace(/^error: /, ''));
}

function helpFor(words: readonly string[], program: Command): string {
  const named = program.commands.find((command) => words.includes(command.name()));
  return ['staticgenerator', ...(named === undefined ? [] : [named.name()]), '--help'].join(' ');
}
