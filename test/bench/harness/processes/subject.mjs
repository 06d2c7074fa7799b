// Starts subjects: processes that answer requests, each pinned to one core.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pinned, SERVER_CORE } from './tools.mjs';

/** Starts a script of subjects/ with arguments. It reports its port, and then answers questions. */
export async function startScript(script, words, core = SERVER_CORE) {
  return await start(pinned(core, commandOf(script, words)));
}

/** Does the same on all cores, for work in several threads. */
export async function startUnpinned(script, words) {
  return await start(commandOf(script, words));
}

function commandOf(script, words) {
  const file = fileURLToPath(new URL(`../../subjects/${script}`, import.meta.url));
  return [process.execPath, '--expose-gc', file, ...words];
}

/** Starts a command that talks over IPC: it reports that it is ready, and then answers questions. */
export async function start([program, ...rest]) {
  const child = spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return {
    ...(await nextMessage(child)),
    pid: child.pid,
    async ask(question) {
      const answered = nextMessage(child);
      child.send(question);
      const answer = await answered;
      if (answer?.error !== undefined) throw new Error(answer.error);
      return answer;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

/** Rejects if the process exits instead. The process writes the reason to standard error. */
function nextMessage(child) {
  return new Promise((resolve, reject) => {
    const settle = (settleWith, value) => {
      child.off('message', onMessage).off('exit', onExit).off('error', onError);
      settleWith(value);
    };
    const onMessage = (message) => settle(resolve, message);
    const onError = (error) => settle(reject, error);
    const onExit = (code, signal) =>
      settle(reject, new Error(`${child.spawnargs.join(' ')} exited with ${signal ?? code}`));
    child.on('message', onMessage).on('exit', onExit).on('error', onError);
  });
}

/** Lets a large site create its folder and its ledger, and closes it. */
export async function beginSite(folder) {
  const site = await startScript('growing-site.mjs', [folder]);
  await site.ask({ ask: 'rest' });
  await site.stop();
}
