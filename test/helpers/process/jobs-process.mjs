/**
 * Runs jobs one after another, so that they share the modules that each would have to load. A job names a module and a
 * function that it exports. The function gets some words, and resolves to an exit code. A job also has what a new
 * process would start with, such as its folder and environment. It loads the modules of its folder again, as they are
 * at that time.
 */
import { Console } from 'node:console';
import { Readable } from 'node:stream';
import { forgetModules } from './jobs-modules.mjs';

const { stdout, stderr } = process;
// Each job may add listeners to these streams.
for (const stream of [stdout, stderr]) stream.setMaxListeners(0);

process.on('disconnect', () => process.exit());
process.on('message', async (job) => {
  prepare(job);
  const { [job.name]: work } = await import(job.module);
  const code = await work(job.words);
  process.chdir('/');
  for (const stream of [stdout, stderr]) stream.write(job.mark);
  process.send({ code });
});

function prepare({ folder, environment, isTerminal, columns, input }) {
  forgetModules(folder);
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
  process.chdir(folder);
  process.exitCode = undefined;
  for (const stream of [stdout, stderr]) Object.assign(stream, { isTTY: isTerminal, columns });
  const stdin = Readable.from(input === undefined ? [] : [Buffer.from(input)]);
  if (input !== undefined) stdin.isTTY = isTerminal;
  Object.defineProperty(process, 'stdin', { value: stdin, configurable: true });
  // The command does the same, so that an app's log is not in its result.
  globalThis.console = new Console(stderr);
}
