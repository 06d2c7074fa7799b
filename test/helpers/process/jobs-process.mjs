/**
 * Runs jobs one after another, so that they share the modules that each would have to load. A job is a module that exports
 * a function of some words, which resolves to an exit code, and what a process of its own would be started with. It loads
 * the modules of its folder anew, as they are then.
 */
import { Console } from 'node:console';
import { Readable } from 'node:stream';
import { forgetModules } from './jobs-modules.mjs';

const { stdout, stderr } = process;
// Each job may listen for errors of them.
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
  // As the command does, so that what an app logs is not in its result.
  globalThis.console = new Console(stderr);
}
