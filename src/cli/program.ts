import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { commandIn, commands } from './command-table.js';
import { exitCodes, reportFailure, UsageError } from './output/failure.js';
import { Output } from './output/output.js';
import { type GlobalOptions, Session } from './session.js';

/** Characters in a line of the help if the output is not a terminal. */
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

/** The README begins with `nginx --app`, so users try this option with the other commands too. */
const WITHOUT_APP =
  'Only `nginx` takes it. The other commands read a configuration file: move the options of staticGenerator() to staticgenerator.config.js, and import them from there in the app. Commands that render pages find the app by the option `app` in that file: app: () => import("./app.js")';

/** Runs one command line. Resolves to its exit code when all output has been written. */
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

/** Finds `--json` before the words are parsed, so that errors in them are reported in JSON too. */
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
    // Texts are collected, and written when the outcome is known: commander does not wait until they are written.
    .configureOutput({
      writeOut: (text) => texts.push(text),
      writeErr: () => undefined,
      getOutHelpWidth: () => process.stdout.columns ?? HELP_WIDTH,
    })
    .addHelpText('after', HELP)
    .exitOverride();
  const session = new Session(output, () => program.opts<GlobalOptions>());
  await addCommands(program, words, session);
  return program;
}

/**
 * Loads the command that the line calls. Any other line gets the help or an error, and only needs names and summaries.
 */
async function addCommands(program: Command, words: readonly string[], session: Session): Promise<void> {
  const name = commandIn(words);
  const add = await commands.get(name ?? '')?.load();
  if (add !== undefined) return add(program, session);
  for (const [other, { summary }] of commands) program.command(other).summary(summary);
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
  const remedy = /^error: unknown option '--app'/.test(error.message) ? `\n${WITHOUT_APP}` : '';
  return new UsageError(`${error.message.replace(/^error: /, '')}${remedy}`);
}

function helpFor(words: readonly string[], program: Command): string {
  const named = program.commands.find((command) => words.includes(command.name()));
  return ['staticgenerator', ...(named === undefined ? [] : [named.name()]), '--help'].join(' ');
}
