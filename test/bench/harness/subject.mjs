// A way to answer requests, in a process of its own that is kept to one core.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { pinned, SERVER_CORE } from './tools.mjs';

/** Starts a script of subjects/ with words; it says its port, and then answers what it is asked. */
export async function startScript(script, words) {
  return await start(pinned(SERVER_CORE, commandOf(script, words)));
}

/** The same on all cores, for work that is done in several threads. */
export async function startUnpinned(script, words) {
  return await start(commandOf(script, words));
}

function commandOf(script, words) {
  const file = fileURLToPath(new URL(`../subjects/${script}`, import.meta.url));
  return [process.execPath, '--expose-gc', file, ...words];
}

async function start([program, ...rest]) {
  const child = spawn(program, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const [started] = await once(child, 'message');
  return {
    ...started,
    pid: child.pid,
    async ask(question) {
      child.send(question);
      const [answer] = await once(child, 'message');
      if (answer?.error !== undefined) throw new Error(answer.error);
      return answer;
    },
    async stop() {
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

/** Lets a large site make its folder and its ledger, and leaves it. */
export async function beginSite(folder) {
  const site = await startScript('growing-site.mjs', [folder]);
  await site.ask({ ask: 'rest' });
  await site.stop();
}
